"""The thread beside the chart: reads what is wanted, follows what grows, and ends."""

import threading
from pathlib import Path
from types import ModuleType

from amn_tui.ui.chart.library import TrackLibrary


def test_what_is_wanted_is_read_and_followed(ui: ModuleType, tmp_path: Path) -> None:
    log, told, library = tmp_path / "a.log", threading.Event(), TrackLibrary(look_s=0.01)
    ui.write_log(log, ui.epochs([0.4]))
    library.start(told.set)
    library.want([str(log), str(tmp_path / "gone")])

    def wait_for(count: int) -> bool:
        for _ in range(500):
            told.wait(0.05)
            told.clear()
            column = library.readers[str(log)].track.epochs.get("val_cosine")
            if column is not None and len(column) == count and library.readers[str(tmp_path / "gone")].problem:
                return True
        return False

    assert wait_for(1)
    ui.write_log(log, ui.epochs([0.4, 0.5]))
    assert wait_for(2)
    library.forget(str(tmp_path / "gone"))
    assert list(library.readers) == [str(log)]
    library.stop()
    library.stop()
    assert not [thread for thread in threading.enumerate() if thread.name == "amn-tui-chart"]
