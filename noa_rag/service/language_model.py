"""The language model that the settings name; without one, nothing of it is imported."""

from noa_rag.domain.errors import InvalidSetting, ModelUnavailable, NoaError
from noa_rag.domain.generation import GenerationFailed, LanguageModel, Prompt
from noa_rag.domain.ports import Progress, no_progress
from noa_rag.settings import BUNDLED, OLLAMA_PREFIX, Settings

TRIAL = Prompt(name="trial", text="La capitale de la France est", token_limit=16)
TRIAL_SECONDS = 60.0  # loading included, on a machine that is busy


def open_language_model(settings: Settings, progress: Progress = no_progress) -> LanguageModel | None:
    """Return the model that may rephrase, behind its line and its breaker; None when NOA_LLM is empty.

    The bundled model's file is made here and loaded at the first call; a server is not called before that either.
    """
    if not settings.llm:
        return None
    try:
        from noa_rag.rephrasing.clients.breaker import RestingModel
        from noa_rag.rephrasing.clients.waiting import WaitingModel

        return WaitingModel(
            RestingModel(_open(settings, progress)),
            concurrency=settings.llm_concurrency,
            waiting_limit=settings.llm_waiting,
        )
    except ImportError as error:
        raise ModelUnavailable(
            f"NOA_LLM needs {error.name or error}, which is not installed: pip install 'noa[assistant]', "
            "or leave NOA_LLM empty."
        ) from error


def _open(settings: Settings, progress: Progress) -> LanguageModel:
    if settings.llm == BUNDLED:
        from noa_rag.rephrasing.clients.bundled.assembling import prepare_bundled
        from noa_rag.rephrasing.clients.bundled.model import open_bundled

        path = prepare_bundled(settings.models_dir, progress=lambda message: progress(message, 0, 0))
        return open_bundled(path, thread_count=settings.llm_threads)
    if not settings.llm_model:
        raise InvalidSetting("NOA_LLM_MODEL is empty; give the name of the model that the server at NOA_LLM offers.")
    if settings.llm.startswith(OLLAMA_PREFIX):
        from noa_rag.rephrasing.clients.ollama import open_ollama

        return open_ollama(settings.llm.removeprefix(OLLAMA_PREFIX), model=settings.llm_model, key=settings.llm_key)
    from noa_rag.rephrasing.clients.openai_like import open_openai_like

    return open_openai_like(
        settings.llm,
        model=settings.llm_model,
        key=settings.llm_key,
        is_chat=settings.llm_style == "chat",
        takes_grammar=settings.llm_grammar == "gbnf",
    )


def language_model_in_words(settings: Settings) -> str:
    """Return what the model is, its licence where Noa brings it, and how one trial went. Raises NoaError if badly."""
    model = open_language_model(settings)
    if model is None:
        return "none; NOA_LLM is empty, answers are the approved texts"
    try:
        written = model.complete(TRIAL, deadline_seconds=TRIAL_SECONDS)
    except GenerationFailed as failed:
        raise NoaError(
            f"{model.name} gave nothing ({failed}); answers stay the approved texts. "
            f"Look at {'the server at NOA_LLM' if settings.llm != BUNDLED else 'NOA_LLM'}, or leave NOA_LLM empty."
        ) from failed
    finally:
        model.close()
    tried = f"{model.name} at {settings.llm}, a trial took {written.seconds:.1f} s"
    if settings.llm != BUNDLED:
        return tried
    from noa_rag.rephrasing.clients.bundled.licence import read_licence

    return f"{tried}; under the {read_licence()}"
