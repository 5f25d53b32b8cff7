"""The official openai client for Python, unmodified, against a running gateway: on a local and an upstream model."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import openai
import pytest
from pydantic import BaseModel

REPOSITORY = Path(__file__).resolve().parents[2]
UPSTREAM_TEXT = "Grüße from upstream, with 👗 and more than a word."
MODELS = ["local-model", "upstream-model"]
MESSAGES = [{"role": "user", "content": "Say something."}]
WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string", "enum": ["Paris", "Rome"]}},
            "required": ["city"],
            "additionalProperties": False,
        },
    },
}


class Garment(BaseModel):
    colour: Literal["red", "blue"]
    count: int
    warm: bool


@pytest.fixture(scope="module")
def client() -> Iterator[openai.OpenAI]:
    node = REPOSITORY / "node_modules" / ".bin" / "node"
    script = REPOSITORY / "test" / "clients" / "support" / "client-gateway-process.ts"
    with subprocess.Popen(
        [str(node), str(script)],
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        line = process.stdout.readline()
        assert line, "the gateway did not start"
        with openai.OpenAI(
            base_url=json.loads(line)["baseUrl"], api_key="sk-any", max_retries=0, timeout=120
        ) as connected:
            yield connected
        process.stdin.close()


@pytest.mark.parametrize("model", MODELS)
class TestEveryModel:
    def test_creates_an_answer(self, client: openai.OpenAI, model: str) -> None:
        completion = client.chat.completions.create(model=model, messages=MESSAGES, max_tokens=12)
        assert completion.model == model
        assert completion.choices[0].message.role == "assistant"
        assert completion.usage is not None and completion.usage.total_tokens > 0
        assert completion._request_id
        if model == "upstream-model":
            assert completion.choices[0].message.content == UPSTREAM_TEXT

    def test_streams_an_answer(self, client: openai.OpenAI, model: str) -> None:
        stream = client.chat.completions.create(
            model=model,
            messages=MESSAGES,
            max_tokens=12,
            stream=True,
            stream_options={"include_usage": True},
        )
        chunks = list(stream)
        assert chunks[0].choices[0].delta.role == "assistant"
        assert {chunk.id for chunk in chunks} == {chunks[0].id}
        assert chunks[-1].usage is not None and chunks[-1].choices == []
        assert chunks[-2].choices[0].finish_reason in ("stop", "length")

    def test_parses_an_answer(self, client: openai.OpenAI, model: str) -> None:
        completion = client.chat.completions.parse(model=model, messages=MESSAGES, response_format=Garment)
        assert isinstance(completion.choices[0].message.parsed, Garment)

    def test_follows_a_stream_to_a_parsed_answer(self, client: openai.OpenAI, model: str) -> None:
        with client.chat.completions.stream(model=model, messages=MESSAGES, response_format=Garment) as stream:
            kinds = {event.type for event in stream}
            completion = stream.get_final_completion()
        assert "content.done" in kinds
        assert isinstance(completion.choices[0].message.parsed, Garment)

    def test_gets_the_call_it_asks_for(self, client: openai.OpenAI, model: str) -> None:
        completion = client.chat.completions.create(
            model=model,
            messages=MESSAGES,
            tools=[WEATHER],
            tool_choice="required",
            parallel_tool_calls=False,
        )
        (call,) = completion.choices[0].message.tool_calls or []
        assert call.function.name == "get_weather"
        assert json.loads(call.function.arguments)["city"] in ("Paris", "Rome")

    def test_creates_and_streams_responses(self, client: openai.OpenAI, model: str) -> None:
        response = client.responses.create(model=model, input="Say something.", max_output_tokens=12, store=False)
        assert isinstance(response.output_text, str)
        with client.responses.stream(model=model, input="Say something.", max_output_tokens=12) as stream:
            events = list(stream)
        text = "".join(event.delta for event in events if event.type == "response.output_text.delta")
        assert events[-1].type in ("response.completed", "response.incomplete")
        assert events[-1].response.output_text == text
        if model == "upstream-model":
            assert response.output_text == text == UPSTREAM_TEXT

    def test_parses_a_response(self, client: openai.OpenAI, model: str) -> None:
        response = client.responses.parse(model=model, input="A garment.", text_format=Garment)
        assert isinstance(response.output_parsed, Garment)

    def test_continues_a_text(self, client: openai.OpenAI, model: str) -> None:
        completion = client.completions.create(model=model, prompt="Once", max_tokens=8)
        assert completion.object == "text_completion"
        assert isinstance(completion.choices[0].text, str)

    def test_raises_the_official_errors(self, client: openai.OpenAI, model: str) -> None:
        with pytest.raises(openai.BadRequestError) as caught:
            client.chat.completions.create(model=model, messages=MESSAGES, temperature=200)
        assert caught.value.code == "decimal_above_max_value"
        assert caught.value.param == "temperature"
        assert caught.value.request_id


def test_lists_the_models(client: openai.OpenAI) -> None:
    assert set(MODELS) <= {model.id for model in client.models.list()}
    assert client.models.retrieve("local-model").id == "local-model"


def test_an_unknown_model_is_not_found(client: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError) as caught:
        client.chat.completions.create(model="nothing-like-it", messages=MESSAGES)
    assert caught.value.code == "model_not_found"


def test_gets_embeddings_of_an_upstream(client: openai.OpenAI) -> None:
    answer = client.embeddings.create(model="upstream-model", input=["a", "b"], encoding_format="float")
    assert [item.embedding for item in answer.data] == [[0.25, -0.5, 1], [0.25, -0.5, 1]]


def test_gets_embeddings_of_a_local_model(client: openai.OpenAI) -> None:
    texts = ["hello world", "the red dress"]
    packed = client.embeddings.create(model="local-embeddings", input=texts)
    plain = client.embeddings.create(model="local-embeddings", input=texts, encoding_format="float")
    assert [item.embedding for item in packed.data] == [item.embedding for item in plain.data]
    assert sum(value * value for value in packed.data[0].embedding) == pytest.approx(1, abs=1e-5)
    assert packed.usage.prompt_tokens == 9
    with pytest.raises(openai.BadRequestError) as caught:
        client.embeddings.create(model="local-embeddings", input="the " * 400)
    assert caught.value.code == "context_length_exceeded"
