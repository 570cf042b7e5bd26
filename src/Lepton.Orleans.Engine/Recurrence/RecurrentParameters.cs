using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Lepton.Orleans.Engine.Training;

namespace Lepton.Orleans.Engine.Recurrence;

/// <summary>What a training changes, and the accumulators of its optimisers.</summary>
internal sealed class RecurrentParameters
{
    private const float AdamFirst = .9f;
    private const float AdamSecond = .99f;
    private const float AdamFloor = 1e-8f;
    private const float AdagradFloor = 1e-4f;

    private readonly bool _unitLength;
    private readonly float[] _inputSquares;
    private readonly float[] _outputSquares;
    private readonly float[] _biasSquares;
    private readonly float[] _mixingMean;
    private readonly float[] _mixingSquares;
    private readonly float[] _scratch;
    private int _step;

    public RecurrentParameters(int items, int states, int dimensions, bool tied, int seed)
    {
        Dimensions = dimensions;
        _unitLength = tied;
        Inputs = Normals(items * dimensions, 1f / MathF.Sqrt(dimensions), seed, 1);
        Outputs = tied ? Inputs : Normals(items * dimensions, 1f / MathF.Sqrt(dimensions), seed, 2);
        Mixing = Normals(states * dimensions * dimensions, 1f / MathF.Sqrt(states * dimensions), seed, 3);
        Biases = new float[items];
        _inputSquares = new float[Inputs.Length];
        _outputSquares = tied ? _inputSquares : new float[Outputs.Length];
        _biasSquares = new float[items];
        _mixingMean = new float[Mixing.Length];
        _mixingSquares = new float[Mixing.Length];
        _scratch = new float[Mixing.Length];
        for (var item = 0; tied && item < items; item++)
        {
            Normalise(Inputs.AsSpan(item * dimensions, dimensions));
        }
    }

    /// <summary>The length of a vector.</summary>
    public int Dimensions { get; }

    /// <summary>Items × dimensions: an item's vector in a history.</summary>
    public float[] Inputs { get; }

    /// <summary>Items × dimensions: an item's vector where it comes next; the same array where the two are tied.</summary>
    public float[] Outputs { get; }

    /// <summary>States × dimensions, × dimensions.</summary>
    public float[] Mixing { get; }

    /// <summary>What is added to an item's logit; all 0 where vectors are tied.</summary>
    public float[] Biases { get; }

    public void StepInput(int item, ReadOnlySpan<float> gradient, float rate) => Step(Inputs, _inputSquares, item, gradient, rate);

    public void StepOutput(int item, ReadOnlySpan<float> gradient, float rate) => Step(Outputs, _outputSquares, item, gradient, rate);

    public void StepBias(int item, float gradient, float rate)
    {
        _biasSquares[item] += gradient * gradient;
        Biases[item] -= rate * gradient / (MathF.Sqrt(_biasSquares[item]) + AdagradFloor);
    }

    /// <summary>A step of Adam (Kingma &amp; Ba 2015).</summary>
    public void StepMixing(ReadOnlySpan<float> gradient, float rate)
    {
        _step++;
        var first = 1f / (1f - MathF.Pow(AdamFirst, _step));
        var second = 1f / (1f - MathF.Pow(AdamSecond, _step));
        TensorPrimitives.Multiply(_mixingMean, AdamFirst, _mixingMean);
        TensorPrimitives.MultiplyAdd(gradient, 1f - AdamFirst, _mixingMean, _mixingMean);
        TensorPrimitives.Multiply(gradient, gradient, _scratch);
        TensorPrimitives.Multiply(_mixingSquares, AdamSecond, _mixingSquares);
        TensorPrimitives.MultiplyAdd(_scratch, 1f - AdamSecond, _mixingSquares, _mixingSquares);
        TensorPrimitives.Multiply(_mixingSquares, second, _scratch);
        TensorPrimitives.Sqrt(_scratch, _scratch);
        TensorPrimitives.Add(_scratch, AdamFloor, _scratch);
        TensorPrimitives.Divide(_mixingMean, _scratch, _scratch);
        TensorPrimitives.MultiplyAdd(_scratch, -rate * first, Mixing, Mixing);
    }

    /// <summary>A step of Adagrad (Duchi, Hazan &amp; Singer 2011) on one row.</summary>
    private void Step(float[] rows, float[] squares, int row, ReadOnlySpan<float> gradient, float rate)
    {
        var values = rows.AsSpan(row * Dimensions, Dimensions);
        var sums = squares.AsSpan(row * Dimensions, Dimensions);
        Descend(values, sums, gradient, rate);
        if (_unitLength)
        {
            Normalise(values);
        }
    }

    private static void Descend(Span<float> values, Span<float> squares, ReadOnlySpan<float> gradient, float rate)
    {
        ref var value = ref MemoryMarshal.GetReference(values);
        ref var square = ref MemoryMarshal.GetReference(squares);
        ref var slope = ref MemoryMarshal.GetReference(gradient);
        var floor = Vector512.Create(AdagradFloor);
        var speed = Vector512.Create(rate);
        for (nuint i = 0; i + 16 <= (nuint)values.Length; i += 16)
        {
            var g = Vector512.LoadUnsafe(ref slope, i);
            var sum = Vector512.MultiplyAddEstimate(g, g, Vector512.LoadUnsafe(ref square, i));
            Vector512.StoreUnsafe(sum, ref square, i);
            var step = speed * g / (Vector512.Sqrt(sum) + floor);
            Vector512.StoreUnsafe(Vector512.LoadUnsafe(ref value, i) - step, ref value, i);
        }
    }

    private static void Normalise(Span<float> vector) => TensorPrimitives.Multiply(vector, 1f / MathF.Sqrt(TensorPrimitives.SumOfSquares<float>(vector) + 1e-12f), vector);

    private static float[] Normals(int count, float deviation, int seed, int stream)
    {
        var values = new float[count];
        new Normal(((ulong)(uint)seed << 32) | (uint)stream).Fill(values);
        TensorPrimitives.Multiply(values, deviation, values);
        return values;
    }
}
