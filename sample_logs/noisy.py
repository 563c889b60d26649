"""A noisy trainer: our real one, drowned in what other programs print, killed in the middle of a line.

amn-tui launch -- python sample_logs/noisy.py OUTPUT_DIR
"""

import os
import subprocess
import sys

NOISE = [
    b"\x1b[33mUserWarning:\x1b[0m lr_scheduler.step() before optimizer.step()\n",
    b"training: 10%|\xe2\x96\x88    | 21/217\rtraining: 50%|\xe2\x96\x88\xe2\x96\x88\xe2\x96\x88  | 108/217\r",
    b"\x1b]0;a log line that renames the terminal\x07",
    b"loss[/red] [@click=app.abort]press me[/] {'lr': 0.1}\n",
    b"binary \x00\x01\x02 and latin-1 caf\xe9\r\n",
    b"Epoch 7/20 done val_cosine=0.99 is only quoted here\n",
]
LAST_EPOCH = b"Epoch 4/"


def main() -> None:
    """Relay the trainer's lines with noise between them; after epoch 3 write half a line and die."""
    argv = [sys.executable, "-P", "-m", "trainer", "--data", "wikipedia", "--lr", "5e-4", "--output-dir", sys.argv[1]]
    with subprocess.Popen(argv, stdout=subprocess.PIPE) as trainer:
        assert trainer.stdout is not None
        for number, line in enumerate(trainer.stdout):
            if LAST_EPOCH in line:
                os.write(1, line[: len(line) // 2])
                trainer.kill()
                os.abort()
            os.write(1, line + NOISE[number % len(NOISE)])


if __name__ == "__main__":
    main()
