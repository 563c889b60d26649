import pytest
import torch

from trainer import tuning
from trainer.config import TrainConfig
from trainer.group import ALONE, Group
from trainer.learner import Learner
from trainer.lesson import Lesson

DIM = 12


@pytest.fixture
def batch() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return contexts, targets, ids of eight windows."""
    targets = torch.nn.functional.normalize(torch.randn(8, DIM), dim=1)
    return torch.randn(8, 5, DIM), targets, torch.arange(8)


def make_learner(**changes: object) -> Learner:
    torch.manual_seed(0)
    return Learner(TrainConfig(**changes), DIM, ALONE.device)  # type: ignore[arg-type]


class Compiler:
    """Stands for torch.compile: hands the function back, or fails as it does where there is no compiler."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, seconds: float = 0.0, error: str = "") -> None:
        self.calls, self.error, self.now_s = 0, error, 0.0
        monkeypatch.setattr(torch, "compile", lambda function, **_: lambda *args: self.run(function, *args))
        monkeypatch.setattr(tuning.time, "perf_counter", lambda: self.now_s)
        real = Lesson._measure
        self.seconds = {True: seconds, False: 1.0}
        self.compiled = False

        def measure(lesson: Lesson, *args: object) -> object:
            self.now_s += self.seconds[self.compiled]
            return real(lesson, *args)  # type: ignore[arg-type]

        monkeypatch.setattr(Lesson, "_measure", measure)

    def run(self, function: object, *args: object) -> object:
        self.calls += 1
        if self.error:
            raise RuntimeError(self.error)
        self.compiled = True
        try:
            return function(*args)  # type: ignore[operator]
        finally:
            self.compiled = False


@pytest.mark.parametrize(
    ("asked", "steps", "seconds", "settled"),
    [
        ("off", 10**6, 0.1, "off"),
        ("on", 1, 0.1, "on"),
        ("on", 1, 9.0, "on"),  # asked for is asked for
        ("auto", 10**6, 0.5, "on"),
        ("auto", 10**6, 0.99, "off"),  # no faster
        ("auto", 599, 0.5, "off"),  # 599 s are not worth it
    ],
)
def test_it_compiles_where_asked_or_where_a_long_run_gets_faster(
    monkeypatch: pytest.MonkeyPatch, batch: tuning.Batch, asked: str, steps: int, seconds: float, settled: str
) -> None:
    compiler, said = Compiler(monkeypatch, seconds), list[str]()
    learner, config = make_learner(), TrainConfig(compile=asked)
    assert tuning.settle_compile(config, learner, batch, steps, said.append) == settled
    compiler.calls = 0
    learner.step(*batch)
    learner.step(*(part[:3] for part in batch))  # an epoch's last batch is smaller: not compiled for
    assert compiler.calls == (settled == "on")
    assert len(said) == (seconds == 0.99)


def test_where_there_is_no_compiler_training_goes_on_without_and_says_so(
    monkeypatch: pytest.MonkeyPatch, batch: tuning.Batch
) -> None:
    Compiler(monkeypatch, error="no C++ compiler found\nmore")
    learner, said = make_learner(), list[str]()
    assert tuning.settle_compile(TrainConfig(compile="on"), learner, batch, 1, said.append) == "off"
    assert said == ["not compiled: no C++ compiler found"]
    learner.step(*batch)


def test_trying_leaves_weights_and_gradients_as_they_were(batch: tuning.Batch) -> None:
    learner, other = make_learner(), make_learner()
    tuning.settle_compile(TrainConfig(compile="auto"), learner, batch, 1, pytest.fail)
    assert torch.equal(learner.step(*batch), other.step(*batch))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # torch's compiler still calls what torch deprecates
@pytest.mark.timeout(300)  # a compiler on a busy machine; being Python, it takes half as long again where it is traced
@pytest.mark.no_cover
def test_a_compiled_step_learns_the_same(batch: tuning.Batch) -> None:
    options = {"lambda_info": 0.5, "memory": 9, "compile": "on"}
    learners = make_learner(**options), make_learner(**options)
    said: list[str] = []
    assert tuning.settle_compile(TrainConfig(compile="on"), learners[0], batch, 1, said.append) == "on", said
    for _ in range(4):
        compiled, plain = (learner.step(*batch) for learner in learners)
        assert torch.allclose(compiled, plain, atol=1e-4)


def test_processes_together_take_one_thread_each(batch: tuning.Batch) -> None:
    together = Group(rank=0, world=2)
    assert tuning.settle_threads(TrainConfig(), DIM, batch, together) == 1
    assert tuning.settle_threads(TrainConfig(threads=1), DIM, batch, ALONE) == 1


def test_autocast_computes_the_forward_pass_in_bfloat16_and_the_loss_in_float32(batch: tuning.Batch) -> None:
    exact, rough = make_learner(), make_learner(autocast="bf16")
    seen: list[torch.dtype] = []
    rough.model.residual_net[0].register_forward_hook(lambda _m, _i, out: seen.append(out.dtype))
    values, expected = rough.step(*batch), exact.step(*batch)
    assert seen == [torch.bfloat16]
    assert values.dtype == torch.float32
    assert torch.allclose(values, expected, atol=0.05)
    assert not torch.equal(values, expected)
