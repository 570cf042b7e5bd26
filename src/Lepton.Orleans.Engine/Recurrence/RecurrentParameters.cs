using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Lepton.Orleans.Engine.Binary;
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
    private readonly float _forgetting;
    private readonly float[] _mixingMean;
    private readonly float[] _mixingSquares;
    private readonly float[] _scratch;
    private float[] _inputSquares;
    private float[] _outputSquares;
    private float[] _biasSquares;
    private int _step;

    public RecurrentParameters(int items, int states, int dimensions, bool tied, int seed, float forgetting = 1f)
    {
        _forgetting = forgetting;
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
    public float[] Inputs { get; private set; }

    /// <summary>Items × dimensions: an item's vector where it comes next; the same array where the two are tied.</summary>
    public float[] Outputs { get; private set; }

    /// <summary>States × dimensions, × dimensions.</summary>
    public float[] Mixing { get; }

    /// <summary>What is added to an item's logit; all 0 where vectors are tied.</summary>
    public float[] Biases { get; private set; }

    /// <summary>Makes room for more items; what is new is zero.</summary>
    public void Grow(int items)
    {
        Inputs = Resized(Inputs, items * Dimensions);
        _inputSquares = Resized(_inputSquares, items * Dimensions);
        Outputs = _unitLength ? Inputs : Resized(Outputs, items * Dimensions);
        _outputSquares = _unitLength ? _inputSquares : Resized(_outputSquares, items * Dimensions);
        Biases = Resized(Biases, items);
        _biasSquares = Resized(_biasSquares, items);
    }

    /// <summary>Says how far an item's vectors have settled already.</summary>
    /// <param name="item">The item.</param>
    /// <param name="bias">Its bias.</param>
    /// <param name="squares">What its accumulators start with.</param>
    public void Begin(int item, float bias, float squares)
    {
        _inputSquares.AsSpan(item * Dimensions, Dimensions).Fill(squares);
        _outputSquares.AsSpan(item * Dimensions, Dimensions).Fill(squares);
        (Biases[item], _biasSquares[item]) = (bias, squares);
    }

    public void Write(StreamOutput output, int items)
    {
        output.Write(_unitLength ? 1 : 0);
        output.Write(_step);
        output.WriteArray<float>(Mixing);
        output.WriteArray<float>(_mixingMean);
        output.WriteArray<float>(_mixingSquares);
        output.WriteArray<float>(Inputs.AsSpan(0, items * Dimensions));
        output.WriteArray<float>(_inputSquares.AsSpan(0, items * Dimensions));
        if (!_unitLength)
        {
            output.WriteArray<float>(Outputs.AsSpan(0, items * Dimensions));
            output.WriteArray<float>(_outputSquares.AsSpan(0, items * Dimensions));
            output.WriteArray<float>(Biases.AsSpan(0, items));
            output.WriteArray<float>(_biasSquares.AsSpan(0, items));
        }
    }

    public void Read(StreamInput input, int items)
    {
        if ((input.Read<int>() != 0) != _unitLength)
        {
            throw new InvalidDataException("The learner's checkpoint is of another kind of vectors than the model.");
        }

        _step = input.Read<int>();
        Fill(Mixing, Mixing.Length);
        Fill(_mixingMean, Mixing.Length);
        Fill(_mixingSquares, Mixing.Length);
        Fill(Inputs, items * Dimensions);
        Fill(_inputSquares, items * Dimensions);
        if (!_unitLength)
        {
            Fill(Outputs, items * Dimensions);
            Fill(_outputSquares, items * Dimensions);
            Fill(Biases, items);
            Fill(_biasSquares, items);
        }

        void Fill(float[] values, int length)
        {
            var read = input.ReadArray<float>();
            if (read.Length != length)
            {
                throw new InvalidDataException($"The learner's checkpoint holds {read.Length} numbers where the model has {length}.");
            }

            read.CopyTo(values, 0);
        }
    }

    public void StepInput(int item, ReadOnlySpan<float> gradient, float rate) => Step(Inputs, _inputSquares, item, gradient, rate);

    public void StepOutput(int item, ReadOnlySpan<float> gradient, float rate) => Step(Outputs, _outputSquares, item, gradient, rate);

    public void StepBias(int item, float gradient, float rate)
    {
        _biasSquares[item] = (_forgetting * _biasSquares[item]) + (gradient * gradient);
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

    /// <summary>A step of Adagrad (Duchi, Hazan &amp; Singer 2011) on one row, whose sums of squares may be forgotten slowly.</summary>
    private void Step(float[] rows, float[] squares, int row, ReadOnlySpan<float> gradient, float rate)
    {
        var values = rows.AsSpan(row * Dimensions, Dimensions);
        var sums = squares.AsSpan(row * Dimensions, Dimensions);
        Descend(values, sums, gradient, rate, _forgetting);
        if (_unitLength)
        {
            Normalise(values);
        }
    }

    private static void Descend(Span<float> values, Span<float> squares, ReadOnlySpan<float> gradient, float rate, float forgetting)
    {
        ref var value = ref MemoryMarshal.GetReference(values);
        ref var square = ref MemoryMarshal.GetReference(squares);
        ref var slope = ref MemoryMarshal.GetReference(gradient);
        var floor = Vector512.Create(AdagradFloor);
        var speed = Vector512.Create(rate);
        for (nuint i = 0; i + 16 <= (nuint)values.Length; i += 16)
        {
            var g = Vector512.LoadUnsafe(ref slope, i);
            var sum = Vector512.MultiplyAddEstimate(g, g, Vector512.LoadUnsafe(ref square, i) * forgetting);
            Vector512.StoreUnsafe(sum, ref square, i);
            var step = speed * g / (Vector512.Sqrt(sum) + floor);
            Vector512.StoreUnsafe(Vector512.LoadUnsafe(ref value, i) - step, ref value, i);
        }
    }

    public static void Normalise(Span<float> vector) => TensorPrimitives.Multiply(vector, 1f / MathF.Sqrt(TensorPrimitives.SumOfSquares<float>(vector) + 1e-12f), vector);

    private static float[] Resized(float[] values, int length)
    {
        Array.Resize(ref values, length);
        return values;
    }

    private static float[] Normals(int count, float deviation, int seed, int stream)
    {
        var values = new float[count];
        new Normal(((ulong)(uint)seed << 32) | (uint)stream).Fill(values);
        TensorPrimitives.Multiply(values, deviation, values);
        return values;
    }
}
