from penstock.emulator.emr.driver_log import last_words

JAVA = """\
26/11/21 14:06:40 INFO SparkContext: Running Spark version 3.5.9
26/11/21 14:06:41 ERROR Executor: Exception in task 0.0 in stage 0.0 (TID 0)
Exception in thread "main" org.apache.spark.SparkException: Job aborted due to stage failure
\tat org.apache.spark.scheduler.DAGScheduler.failJobAndIndependentStages(DAGScheduler.scala:2856)
Driver stacktrace:
Caused by: java.lang.ArithmeticException: / by zero
\t... 22 more
26/11/21 14:06:43 INFO ShutdownHookManager: Shutdown hook called
"""
PYTHON = """\
counted 3
Traceback (most recent call last):
  File "/tmp/spark-1/job.py", line 8, in <module>
    main()
  File "/tmp/spark-1/job.py", line 5, in main
    frame.write.parquet(target)
  File "/lib/python3.11/site-packages/pyspark/sql/readwriter.py", line 544, in parquet
pyspark.errors.AnalysisException: [PATH_ALREADY_EXISTS] Path s3://b/out already exists.
Set mode as "overwrite" to overwrite the existing path.
26/11/21 14:06:43 INFO ShutdownHookManager: Shutdown hook called
"""


def test_of_python_the_own_frame_and_the_exception_count():
    assert last_words({"stderr": JAVA, "stdout": PYTHON}) == (
        "stdout",
        'File "job.py", line 5, in main\n'
        "pyspark.errors.AnalysisException: [PATH_ALREADY_EXISTS] Path s3://b/out already exists.\n"
        'Set mode as "overwrite" to overwrite the existing path.',
    )


def test_of_java_the_exceptions_count_without_their_frames():
    assert last_words({"stderr": JAVA, "stdout": ""}) == (
        "stderr",
        'Exception in thread "main" org.apache.spark.SparkException: Job aborted due to stage failure\n'
        "Caused by: java.lang.ArithmeticException: / by zero",
    )


def test_without_an_exception_errors_that_were_logged_and_then_the_last_lines_count():
    logged = "said\n26/11/21 14:06:41 ERROR Client: no room\n26/11/21 14:06:41 INFO Client: bye\n"
    assert last_words({"stderr": logged, "stdout": "x"}) == (
        "stderr",
        "26/11/21 14:06:41 ERROR Client: no room",
    )
    assert last_words({"stderr": "", "stdout": "\n".join("abcdefghij")}) == (
        "stdout",
        "\n".join("cdefghij"),
    )
    assert last_words({"stderr": "\n", "stdout": ""}) == ("stderr", "")


def test_of_what_is_too_long_the_end_is_kept():
    _, words = last_words({"stderr": "x" * 2000 + "end"}, limit=100)
    assert len(words) == 100 and words.startswith("...x") and words.endswith("xend")
