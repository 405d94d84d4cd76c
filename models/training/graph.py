"""The network as an int8 ONNX graph, node by node.

Every matrix product of the encoder runs on int8: activations as uint8 with one fixed scale a
product, weights as int8 with one scale a column. Fixed scales make a text's answer the same
whatever stands beside it in the batch, and save a pass over the values. Channels of an activation
are levelled against the weights' rows before they are rounded (Xiao et al. 2022, SmoothQuant). The
embedding table is int8 with one scale a row. ``com.microsoft`` operators are onnxruntime's own.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from network import CEILING, LABELS, QUERIES, Network, heads_of
from onnx import TensorProto, helper, numpy_helper

Array = np.ndarray[Any, Any]
ROUND = 255
MIDDLE = 128
GELU_LEAST = 0.17
"""GELU is never below minus this."""
MICROSOFT = "com.microsoft"
WEIGHTS = "weights.bin"


@dataclass(frozen=True)
class Ranges:
    """What the inputs of one layer's products reached on a sample: largest magnitude a channel."""

    attention: Array
    output: Array
    middle: Array


def level(peaks: Array, weights: Array) -> Array:
    """The divisor of each channel: sqrt(activation peak / weight peak), so that both are rounded
    equally well; weights are (channels, outputs)."""
    rows = np.abs(weights).max(axis=1).clip(min=1e-6)
    return np.asarray(np.sqrt(peaks.clip(min=1e-6) / rows)).astype(np.float32)


@dataclass
class Graph:
    """Nodes and weights as they are added."""

    nodes: list[Any] = field(default_factory=list)
    weights: list[Any] = field(default_factory=list)

    def keep(self, name: str, value: Array) -> str:
        """Store a weight; its name."""
        self.weights.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def add(self, kind: str, inputs: list[str], name: str, domain: str = "", **given: Any) -> str:
        """Append a node with one output of that name."""
        self.nodes.append(helper.make_node(kind, inputs, [name], name=name, domain=domain, **given))
        return name

    def rounded(self, x: str, name: str, peak: float, least: float | None = None) -> list[str]:
        """x as uint8: [values, scale, zero point]. Symmetric, or from ``least`` up to ``peak``."""
        low = -peak if least is None else least
        scale = np.float32((peak - low) / ROUND)
        zero = MIDDLE if least is None else round(-low / float(scale))
        s = self.keep(f"{name}.scale", np.array(scale))
        z = self.keep(f"{name}.zero", np.array(zero, dtype=np.uint8))
        return [self.add("QuantizeLinear", [x, s, z], f"{name}.rounded"), s, z]

    def columns(self, name: str, weights: Array) -> list[str]:
        """Weights (inputs, outputs) as int8: [values, scales, zero points]."""
        scale = (np.abs(weights).max(axis=0) / 127).clip(min=1e-9).astype(np.float32)
        values = np.round(weights / scale).astype(np.int8)
        return [
            self.keep(f"{name}.w", values),
            self.keep(f"{name}.ws", scale),
            self.keep(f"{name}.wz", np.zeros(len(scale), np.int8)),
        ]

    def product(self, x: list[str], name: str, weights: Array, bias: Array) -> str:
        """x (rounded) times weights plus bias, as float32."""
        values, scales, zeros = self.columns(name, weights)
        b = self.keep(f"{name}.b", bias)
        inputs = [x[0], values, x[1], scales, x[2], zeros, b]
        return self.add("MatMulIntegerToFloat", inputs, name, MICROSOFT)

    def normal(self, x: str, name: str, norm: Any, epsilon: float) -> str:
        """Layer normalisation."""
        scale = self.keep(f"{name}.g", array(norm.weight))
        bias = self.keep(f"{name}.b", array(norm.bias))
        inputs = [x, scale, bias]
        return self.add("LayerNormalization", inputs, name, axis=-1, epsilon=epsilon)


def array(tensor: Any) -> Array:
    """A torch tensor as float32."""
    return np.asarray(tensor.detach().numpy(), dtype=np.float32)


def build(network: Network, ranges: list[Ranges]) -> Any:
    """The ONNX model: input_ids and attention_mask (texts, pieces) in; stars (texts, 5), severity
    (texts, 3), judges (texts, 1), labels (texts, 54) and pieces (texts, pieces, 55) out, all
    log-odds."""
    graph = Graph()
    config = network.encoder.config
    graph.add("Cast", ["attention_mask"], "mask", to=TensorProto.INT32)
    x = embedded(graph, network.encoder.embeddings, config.layer_norm_eps)
    for number, layer in enumerate(network.encoder.encoder.layer):
        x = encoded(graph, f"l{number}", x, layer, ranges[number], config.layer_norm_eps)
    read(graph, network, x)
    texts: list[Any] = ["texts", "pieces"]
    made = helper.make_graph(
        graph.nodes,
        "vigie",
        [
            helper.make_tensor_value_info(name, TensorProto.INT64, texts)
            for name in ("input_ids", "attention_mask")
        ],
        [
            helper.make_tensor_value_info("stars", TensorProto.FLOAT, ["texts", 5]),
            helper.make_tensor_value_info("severity", TensorProto.FLOAT, ["texts", 3]),
            helper.make_tensor_value_info("judges", TensorProto.FLOAT, ["texts", 1]),
            helper.make_tensor_value_info("labels", TensorProto.FLOAT, ["texts", LABELS]),
            helper.make_tensor_value_info("pieces", TensorProto.FLOAT, [*texts, LABELS + 1]),
        ],
        graph.weights,
    )
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid(MICROSOFT, 1)]
    model = helper.make_model(made, opset_imports=opsets, producer_name="vigie")
    model.ir_version = 8
    return model


def embedded(graph: Graph, embeddings: Any, epsilon: float) -> str:
    """Word, place and type vectors, normalised."""
    table = array(embeddings.word_embeddings.weight)
    scale = (np.abs(table).max(axis=1, keepdims=True) / 127).clip(min=1e-9).astype(np.float32)
    rows = graph.keep("words", np.round(table / scale).astype(np.int8))
    graph.add("Gather", [rows, "input_ids"], "word.rows")
    graph.add("Gather", [graph.keep("words.scale", scale), "input_ids"], "word.scale")
    graph.add("Cast", ["word.rows"], "word.wide", to=TensorProto.FLOAT)
    graph.add("Mul", ["word.wide", "word.scale"], "word")
    kinds = array(embeddings.token_type_embeddings.weight)[0]
    places = graph.keep("places", array(embeddings.position_embeddings.weight) + kinds)
    graph.add("Shape", ["input_ids"], "width", start=1, end=2)
    start = graph.keep("zero", np.zeros(1, np.int64))
    graph.add("Slice", [places, start, "width", start], "place")
    graph.add("Add", ["word", "place"], "placed")
    return graph.normal("placed", "embedded", embeddings.LayerNorm, epsilon)


def encoded(graph: Graph, name: str, x: str, layer: Any, ranges: Ranges, epsilon: float) -> str:
    """One layer of the encoder."""
    mix, own = layer.attention.self, layer.attention.output
    weights = np.concatenate([array(m.weight).T for m in (mix.query, mix.key, mix.value)], axis=1)
    bias = np.concatenate([array(m.bias) for m in (mix.query, mix.key, mix.value)])
    divisor = level(ranges.attention, weights)
    even = levelled(graph, x, f"{name}.in", divisor)
    scaled = graph.rounded(even, f"{name}.in", float((ranges.attention / divisor).max()))
    values, scales, zeros = graph.columns(f"{name}.mix", weights * divisor[:, None])
    b = graph.keep(f"{name}.mix.b", bias)
    inputs = [scaled[0], values, b, scaled[1], scales, "mask", scaled[2], zeros]
    mixed = graph.add("QAttention", inputs, f"{name}.mixed", MICROSOFT, num_heads=heads_of(layer))
    small = graph.rounded(mixed, f"{name}.mixed", float(ranges.output.max()))
    out = graph.product(small, f"{name}.out", array(own.dense.weight).T, array(own.dense.bias))
    graph.add("Add", [out, x], f"{name}.sum")
    x = graph.normal(f"{name}.sum", f"{name}.norm", own.LayerNorm, epsilon)
    return fed_forward(graph, name, x, layer, ranges, epsilon)


def fed_forward(graph: Graph, name: str, x: str, layer: Any, ranges: Ranges, epsilon: float) -> str:
    """The feed-forward half of a layer. Rounding to uint8 up to CEILING is what bounds GELU."""
    up, down = layer.intermediate.dense, layer.output.dense
    weights = array(up.weight).T
    divisor = level(ranges.middle, weights)
    even = levelled(graph, x, f"{name}.middle", divisor)
    scaled = graph.rounded(even, f"{name}.middle", float((ranges.middle / divisor).max()))
    wide = graph.product(scaled, f"{name}.up", weights * divisor[:, None], array(up.bias))
    bent = graph.add("Gelu", [wide], f"{name}.gelu", MICROSOFT)
    bounded = graph.rounded(bent, f"{name}.gelu", CEILING, -GELU_LEAST)
    out = graph.product(bounded, f"{name}.down", array(down.weight).T, array(down.bias))
    graph.add("Add", [out, x], f"{name}.total")
    return graph.normal(f"{name}.total", f"{name}.end", layer.output.LayerNorm, epsilon)


def levelled(graph: Graph, x: str, name: str, divisor: Array) -> str:
    """x with its channels divided."""
    by = graph.keep(f"{name}.by", (1 / divisor).astype(np.float32))
    return graph.add("Mul", [x, by], f"{name}.even")


def read(graph: Graph, network: Network, x: str) -> None:
    """The heads, in float32: they are a hundredth of the work."""
    width = network.encoder.config.hidden_size
    graph.add("Cast", ["mask"], "shown", to=TensorProto.FLOAT)
    graph.add("Sub", ["shown", graph.keep("one", np.ones(1, np.float32))], "hiding.bare")
    graph.add("Mul", ["hiding.bare", graph.keep("far", np.full(1, 1e4, np.float32))], "hiding.flat")
    graph.add("Unsqueeze", ["hiding.flat", graph.keep("last", np.array([2]))], "hiding")
    queries = graph.keep("queries", array(network.queries.weight).T)
    graph.add("MatMul", [x, queries], "asked")
    graph.add("Add", ["asked", "hiding"], "asked.shown")
    graph.add("Transpose", ["asked.shown"], "asked.turned", perm=[0, 2, 1])
    graph.add("Softmax", ["asked.turned"], "shares", axis=-1)
    graph.add("MatMul", ["shares", x], "means.apart")
    shape = graph.keep("flat", np.array([-1, QUERIES * width]))
    graph.add("Reshape", ["means.apart", shape], "means")
    linear(graph, "means", "stars", network.stars)
    linear(graph, "means", "gravity", network.severity)
    linear(graph, "means", "judges", network.judges)
    linear(graph, "means", "labels.whole", network.labels)
    linear(graph, x, "pieces", network.pieces)
    graph.add("Add", ["pieces", "hiding"], "pieces.shown")
    graph.add("ReduceLogSumExp", ["pieces.shown"], "peaks", axes=[1], keepdims=0)
    graph.nodes.append(
        helper.make_node(
            "Split",
            ["peaks", graph.keep("parts", np.array([LABELS, 1]))],
            ["labels.peak", "danger"],
            axis=1,
        )
    )
    graph.add("Add", ["labels.peak", "labels.whole"], "labels")
    share = graph.keep("danger.share", np.array([[-0.5, -0.5, 0.5]], np.float32))
    graph.add("Mul", ["danger", share], "danger.spread")
    graph.add("Add", ["gravity", "danger.spread"], "severity")


def linear(graph: Graph, x: str, name: str, layer: Any) -> None:
    """A linear map in float32."""
    graph.add("MatMul", [x, graph.keep(f"{name}.w", array(layer.weight).T)], f"{name}.bare")
    graph.add("Add", [f"{name}.bare", graph.keep(f"{name}.b", array(layer.bias))], name)


def save(model: Any, path: Path) -> None:
    """Write the graph, and its weights beside it in WEIGHTS: onnxruntime then maps them from the
    file instead of holding a copy."""
    (path.parent / WEIGHTS).unlink(missing_ok=True)  # it would be appended to
    onnx.save_model(
        model, str(path), save_as_external_data=True, location=WEIGHTS, size_threshold=4096
    )
