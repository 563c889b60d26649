"""All measurements, one after the other: python -m benchmarks."""

from benchmarks import log_pane, log_reading, start_up

for benchmark in (start_up, log_reading, log_pane):
    print(f"\n== {benchmark.__name__}: {(benchmark.__doc__ or '').splitlines()[0]}")
    benchmark.main()
