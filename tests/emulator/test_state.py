"""The state directory and its credentials."""

import stat

from penstock.emulator.state import StateDirectory


def test_credentials_are_made_once_and_for_the_owner_only(tmp_path):
    state = StateDirectory(tmp_path / "state")
    state.prepare()
    made = state.credentials
    state.prepare()
    assert state.credentials == made
    assert len(made.access_key_id) == 20
    assert stat.S_IMODE(state.credentials_file.stat().st_mode) == 0o600
    assert stat.S_IMODE(state.root.stat().st_mode) == 0o700


def test_two_directories_have_two_secrets(tmp_path):
    first, second = StateDirectory(tmp_path / "a"), StateDirectory(tmp_path / "b")
    first.prepare()
    second.prepare()
    assert first.credentials.secret_access_key != second.credentials.secret_access_key
