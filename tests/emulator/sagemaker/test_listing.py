"""The filters, orders and pages that lists share."""

from hypothesis import given
from hypothesis import strategies as st

from penstock.emulator.sagemaker.listing import Listing

LISTING = Listing(items="Jobs", name="Name", status="Status", size=3)
times = st.integers(0, 5).map(float)
documents = st.lists(
    st.fixed_dictionaries(
        {
            "Name": st.text("ab", min_size=1, max_size=4),
            "Status": st.sampled_from(["InProgress", "Failed"]),
            "CreationTime": times,
            "LastModifiedTime": times,
        }
    ),
    unique_by=lambda document: document["Name"],
    max_size=12,
)
requests = st.fixed_dictionaries(
    {},
    optional={
        "NameContains": st.text("ab", max_size=2),
        "StatusEquals": st.sampled_from(["InProgress", "Failed"]),
        "CreationTimeAfter": times,
        "CreationTimeBefore": times,
        "LastModifiedTimeAfter": times,
        "LastModifiedTimeBefore": times,
        "SortBy": st.sampled_from(["Name", "CreationTime", "Status"]),
        "SortOrder": st.sampled_from(["Ascending", "Descending"]),
        "MaxResults": st.integers(1, 4),
    },
)


def all_pages(request, jobs):
    answer = LISTING.answer(request, jobs)
    shown = answer["Jobs"]
    while answer["NextToken"]:
        assert len(answer["Jobs"]) == request.get("MaxResults", 3)
        answer = LISTING.answer({**request, "NextToken": answer["NextToken"]}, jobs)
        shown = shown + answer["Jobs"]
    return shown


@given(requests, documents)
def test_a_list_holds_what_the_filters_let_through_in_the_order_asked(request, jobs):
    expected = [
        job
        for job in jobs
        if request.get("NameContains", "") in job["Name"]
        and request.get("StatusEquals") in (None, job["Status"])
        and request.get("CreationTimeAfter", 0) <= job["CreationTime"] < request.get("CreationTimeBefore", 9)
        and request.get("LastModifiedTimeAfter", 0)
        <= job["LastModifiedTime"]
        < request.get("LastModifiedTimeBefore", 9)
    ]
    member = request.get("SortBy", "CreationTime")
    expected.sort(key=lambda job: (job[member], job["Name"]), reverse=request.get("SortOrder") != "Ascending")
    assert all_pages(request, jobs) == expected


def test_what_has_no_value_to_sort_by_comes_first_when_ascending():
    listing = Listing(items="Candidates", name="Name", sort_by="Value", descending=False)
    candidates = [{"Name": "a", "Value": 0.5}, {"Name": "b"}, {"Name": "c", "Value": -1.0}]
    assert [each["Name"] for each in listing.answer({}, candidates)["Candidates"]] == ["b", "c", "a"]
