"""The dashboards' files are what their source says: nobody edits them by hand."""

import dashboards


def test_files_are_made_from_their_source():
    assert [path.name for path in dashboards.stale()] == []


def test_check_notices_a_changed_file(tmp_path, monkeypatch):
    monkeypatch.setattr(dashboards, "FOLDER", tmp_path)
    names = {f"{name}_dashboard.json" for name in ("operations", "sales", "finance", "receivables")}
    assert {path.name for path in dashboards.stale()} >= names
    for path, text in dashboards.files().items():
        path.write_text(text)
    assert dashboards.stale() == []
    (tmp_path / "sales_dashboard.json").write_text("{}")
    (tmp_path / "old_dashboard.json").write_text("{}")
    changed = ["old_dashboard.json", "sales_dashboard.json"]
    assert [path.name for path in dashboards.stale()] == changed
