"""Our real trainer, told in the original trainer's words: an epoch is spread over lines and has no end mark.

amn-tui launch -- python sample_logs/original.py OUTPUT_DIR
"""

import subprocess
import sys

from trainer.events import EpochEnded, Stepped, parse_line


def tell(line: str) -> list[str]:
    """Return the original's lines for one of ours."""
    match parse_line(line):
        case Stepped(epoch, epochs, step, steps, values):
            first = [f"Epoch {epoch}/{epochs}"] if step <= 40 else []
            return [*first, f"  Batch {step}/{steps} | Loss: {values['loss']:.6f} | Cosine: {values['cosine']:.4f}"]
        case EpochEnded(_, _, values):
            return [
                f"  Train Loss: {values['train_loss']:.6f} | Train Cosine: {values['train_cosine']:.4f}",
                f"  Val Loss: {values['val_loss']:.6f} | Val Cosine: {values['val_cosine']:.4f}",
                "",
                f"  ✓ Saved best model (val_loss: {values['val_loss']:.6f})",
            ]
    return []


def main() -> int:
    """Train three epochs and print them as the original did."""
    argv = [sys.executable, "-P", "-m", "trainer", "--data", "wikipedia", "--lr", "5e-4", "--epochs", "3",
            "--output-dir", sys.argv[1]]  # fmt: skip
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as trainer:
        assert trainer.stdout is not None
        for line in trainer.stdout:
            for told in tell(line.rstrip("\n")):
                print(told, flush=True)
    return trainer.returncode


if __name__ == "__main__":
    sys.exit(main())
