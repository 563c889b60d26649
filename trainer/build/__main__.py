"""`python -m trainer.build`: exit 0 built, 2 bad flags or data, 130 interrupted, 1 anything else."""

import sys
from collections.abc import Sequence

from checks.errors import InputError
from trainer.build.arguments import PROGRAM, compose_recipe, open_articles, parse_arguments
from trainer.build.encoder import Encoder, load_encoder
from trainer.build.table import build_table

EXIT_ERROR, EXIT_USAGE, EXIT_INTERRUPTED = 1, 2, 130


def main(argv: Sequence[str] | None = None) -> int:
    """Build what the command line asks for and return the exit code; what a person can mend is one line on stderr."""
    given = list(sys.argv[1:] if argv is None else argv)
    arguments = parse_arguments(given)

    def load() -> Encoder:
        return load_encoder(
            arguments.encoder, name=arguments.encoder_name, device=arguments.device, threads=arguments.threads
        )

    try:
        table = build_table(
            compose_recipe(arguments, given),
            open_articles(arguments),
            load,
            arguments.output,
            batch_size=arguments.batch_size,
            restart=arguments.restart,
        )
    except InputError as error:
        return _fail(str(error), EXIT_USAGE)
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        return _fail(f"{where}{error.strerror or error}", EXIT_ERROR)
    except KeyboardInterrupt:
        return _fail("interrupted; the same command goes on from here", EXIT_INTERRUPTED)
    articles = len(table.offsets) - 1
    sys.stdout.write(f"{arguments.output}: {table.rows:,} vectors of {table.dim} from {articles:,} articles\n")
    return 0


def _fail(line: str, code: int) -> int:
    sys.stderr.write(f"{PROGRAM}: {' '.join(line.splitlines())}\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
