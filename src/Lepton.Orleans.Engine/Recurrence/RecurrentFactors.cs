using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Lepton.Orleans.Engine.LinearAlgebra;

namespace Lepton.Orleans.Engine.Recurrence;

/// <summary>
/// A linear recurrent model as ranking reads it. State k of a user is s_k = √(1−g_k²) Σ_a g_k^a e(a), with e(a) the input
/// vector of the item of age a; the user is h = Σ_k s_k W_k, brought to a given length where vectors have unit length; the
/// logit of item b is h·q_b + bias_b. Vectors are kept in a byte a number: of a logit the error is about a hundredth.
/// </summary>
public sealed class RecurrentFactors
{
    /// <summary>How many items of a history are read: what is older has faded to a fiftieth.</summary>
    public const int Reach = 64;

    /// <summary>Output vectors stand in blocks of so many items, dimension by dimension, so that a block is scored at once.</summary>
    internal const int BlockItems = 16;

    private const int PairBytes = 2 * BlockItems;

    // The sum of 256 products of a byte with such a number still is an integer of 32 bits.
    private const float CodeLimit = 8191f;

    private readonly float[] _gains;

    // Of a block first all items' dimensions 0 and 1, then 2 and 3, and so on.
    private readonly sbyte[] _blocks;
    private readonly float[] _blockScales;
    private readonly float[] _blockBiases;

    /// <summary>A model over <c>inputScales.Length</c> items.</summary>
    /// <param name="decays">g_k.</param>
    /// <param name="mixing">W, row-major, (states × dimensions) × dimensions.</param>
    /// <param name="sharpness">The length of a user's vector; 0 where it is what it is.</param>
    /// <param name="inputs">Input vectors, row-major, in units of their scales.</param>
    /// <param name="inputScales">A scale per item; 0 for an item that was never seen.</param>
    /// <param name="outputs">Output vectors; the same array where the two are one.</param>
    /// <param name="outputScales">A scale per item; 0 for an item that was never seen.</param>
    /// <param name="biases">A bias per item.</param>
    /// <exception cref="ArgumentException">The arrays' lengths do not fit each other.</exception>
    public RecurrentFactors(
        float[] decays,
        float[] mixing,
        float sharpness,
        sbyte[] inputs,
        float[] inputScales,
        sbyte[] outputs,
        float[] outputScales,
        float[] biases)
    {
        ArgumentNullException.ThrowIfNull(decays);
        ArgumentNullException.ThrowIfNull(mixing);
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(inputScales);
        ArgumentNullException.ThrowIfNull(outputs);
        ArgumentNullException.ThrowIfNull(outputScales);
        ArgumentNullException.ThrowIfNull(biases);
        Count = inputScales.Length;
        Dimensions = Count == 0 ? 0 : inputs.Length / Count;
        if (inputs.Length != (long)Count * Dimensions
            || outputs.Length != inputs.Length
            || outputScales.Length != Count
            || biases.Length != Count
            || Dimensions % 4 != 0
            || mixing.Length != (long)decays.Length * Dimensions * Dimensions)
        {
            throw new ArgumentException(
                $"A recurrent model of {Count} items, {Dimensions} dimensions and {decays.Length} states does not have {mixing.Length} weights, "
                + $"{inputs.Length} and {outputs.Length} numbers, {outputScales.Length} scales and {biases.Length} biases.");
        }

        (Decays, Mixing, Sharpness, Inputs, InputScales, Outputs, OutputScales, Biases) =
            (decays, mixing, sharpness, inputs, inputScales, outputs, outputScales, biases);
        IsTied = ReferenceEquals(inputs, outputs);
        _gains = Array.ConvertAll(decays, GainOf);
        _blocks = Interleave(outputs, Count, Dimensions);
        _blockScales = Padded(outputScales, outputScales, 0f);
        _blockBiases = Padded(biases, outputScales, float.NegativeInfinity);
    }

    // Of no items, in the shape of what was learned.
    private RecurrentFactors(RecurrentRows shape)
    {
        (Dimensions, Decays, Mixing, Sharpness, IsTied) = (shape.Dimensions, shape.Decays, shape.Mixing, shape.Sharpness, shape.IsTied);
        _gains = Array.ConvertAll(Decays, GainOf);
        (Inputs, InputScales, Outputs, OutputScales, Biases) = ([], [], [], [], []);
        (_blocks, _blockScales, _blockBiases) = ([], [], []);
    }

    private RecurrentFactors(RecurrentFactors from, int count, IReadOnlyList<RecurrentRows> pages)
    {
        var last = pages[^1];
        (Count, Dimensions, Decays, Mixing, Sharpness) = (count, from.Dimensions, from.Decays, last.Mixing, from.Sharpness);
        IsTied = from.IsTied;
        _gains = from._gains;
        var padded = (count + BlockItems - 1) / BlockItems * BlockItems;
        Inputs = Copy(from.Inputs, count * Dimensions);
        InputScales = Copy(from.InputScales, count);
        Outputs = from.IsTied ? Inputs : Copy(from.Outputs, count * Dimensions);
        OutputScales = from.IsTied ? InputScales : Copy(from.OutputScales, count);
        Biases = Copy(from.Biases, count);
        _blocks = Copy(from._blocks, padded * Dimensions);
        _blockScales = Copy(from._blockScales, padded);
        _blockBiases = Copy(from._blockBiases, padded);
        _blockBiases.AsSpan(from._blockBiases.Length).Fill(float.NegativeInfinity);
        foreach (var page in pages)
        {
            for (var i = 0; i < page.Items.Length; i++)
            {
                Set(page, i);
            }
        }
    }

    /// <summary>Whether an item that comes next has the vector it has in a history.</summary>
    public bool IsTied { get; }

    /// <summary>A model with what a learner has changed of it.</summary>
    /// <param name="start">The model; <see langword="null"/> where the learner started from nothing.</param>
    /// <param name="pages">What was learned; at least one page.</param>
    /// <returns>A new model; <paramref name="start"/> stays as it is.</returns>
    /// <exception cref="ArgumentException">The pages are of a model of another shape, or there are none.</exception>
    public static RecurrentFactors With(RecurrentFactors? start, IReadOnlyList<RecurrentRows> pages)
    {
        ArgumentNullException.ThrowIfNull(pages);
        if (pages.Count == 0)
        {
            throw new ArgumentException("There is nothing to put into a model.", nameof(pages));
        }

        start ??= new RecurrentFactors(pages[0]);
        if (pages.Any(page => page.Dimensions != start.Dimensions || page.Mixing.Length != start.Mixing.Length || page.IsTied != start.IsTied))
        {
            throw new ArgumentException($"What was learned is of another shape than the model of {start.Dimensions} dimensions and {start.Decays.Length} states.", nameof(pages));
        }

        var count = pages.Max(static page => page.Items.Length == 0 ? 0 : page.Items.Max() + 1);
        return new RecurrentFactors(start, Math.Max(start.Count, count), pages);
    }

    /// <summary>An item's vectors as numbers.</summary>
    internal void CopyRow(int item, Span<float> input, Span<float> output)
    {
        TensorPrimitives.ConvertTruncating<sbyte, float>(Inputs.AsSpan(item * Dimensions, Dimensions), input);
        TensorPrimitives.Multiply(input, InputScales[item], input);
        if (!IsTied)
        {
            TensorPrimitives.ConvertTruncating<sbyte, float>(Outputs.AsSpan(item * Dimensions, Dimensions), output);
            TensorPrimitives.Multiply(output, OutputScales[item], output);
        }
    }

    /// <summary>The number of items that the model knows of: numbers 0 to Count − 1.</summary>
    public int Count { get; }

    /// <summary>The length of a vector.</summary>
    public int Dimensions { get; }

    /// <summary>g_k, what remains of state k after an event.</summary>
    public float[] Decays { get; }

    /// <summary>W, row-major, (states × dimensions) × dimensions.</summary>
    public float[] Mixing { get; }

    /// <summary>The length of a user's vector; 0 where it is what it is.</summary>
    public float Sharpness { get; }

    /// <summary>Input vectors, row-major, in units of <see cref="InputScales"/>.</summary>
    public sbyte[] Inputs { get; }

    /// <summary>A scale per item; 0 for an item that was never seen.</summary>
    public float[] InputScales { get; }

    /// <summary>Output vectors, row-major, in units of <see cref="OutputScales"/>.</summary>
    public sbyte[] Outputs { get; }

    /// <summary>A scale per item; 0 for an item that was never seen.</summary>
    public float[] OutputScales { get; }

    /// <summary>A bias per item.</summary>
    public float[] Biases { get; }

    /// <summary>g = e^(−1/D), 0 for D = 0.</summary>
    /// <param name="memory">D, the events after which a state has faded to 1/e.</param>
    internal static float DecayOf(float memory) => memory <= 0f ? 0f : MathF.Exp(-1f / memory);

    /// <summary>√(1−g²), which keeps a state's length whatever its memory.</summary>
    internal static float GainOf(float decay) => MathF.Sqrt(1f - (decay * decay));

    /// <summary>The user's vector after a history.</summary>
    /// <param name="history">Items, newest first; those the model does not know are skipped.</param>
    /// <param name="states">Scratch memory, states × dimensions.</param>
    /// <param name="user">Receives the vector.</param>
    /// <returns>Whether any item was known.</returns>
    public bool FoldIn(ReadOnlySpan<int> history, Span<float> states, Span<float> user)
    {
        states.Clear();
        user.Clear();
        if (history.Length > Reach)
        {
            history = history[..Reach];
        }

        foreach (var item in history)
        {
            if ((uint)item < (uint)Count)
            {
                Prefetch.Run(Inputs.AsSpan(item * Dimensions, Dimensions));
            }
        }

        // Oldest first, as the events came.
        var any = false;
        Span<float> vector = stackalloc float[Dimensions];
        for (var age = history.Length - 1; age >= 0; age--)
        {
            var item = history[age];
            if ((uint)item >= (uint)Count || InputScales[item] == 0f)
            {
                continue;
            }

            any = true;
            TensorPrimitives.ConvertTruncating<sbyte, float>(Inputs.AsSpan(item * Dimensions, Dimensions), vector);
            TensorPrimitives.Multiply(vector, InputScales[item], vector);
            for (var k = 0; k < Decays.Length; k++)
            {
                var state = states.Slice(k * Dimensions, Dimensions);
                TensorPrimitives.Multiply(state, Decays[k], state);
                TensorPrimitives.MultiplyAdd(vector, _gains[k], state, state);
            }
        }

        if (any)
        {
            Mix(states, user);
        }

        return any;
    }

    /// <summary>A user's vector in whole numbers, two a place, as <see cref="Score"/> reads it.</summary>
    /// <param name="user">The vector.</param>
    /// <param name="code">Receives the numbers; half as long.</param>
    /// <returns>What a product of whole numbers is multiplied with.</returns>
    internal static float Encode(ReadOnlySpan<float> user, Span<int> code)
    {
        var greatest = MathF.Abs(TensorPrimitives.MaxMagnitude(user));
        if (greatest is 0f or float.NaN)
        {
            code.Clear();
            return 0f;
        }

        var scale = greatest / CodeLimit;
        for (var d = 0; d < user.Length; d += 2)
        {
            code[d / 2] = (ushort)(short)MathF.Round(user[d] / scale) | ((int)MathF.Round(user[d + 1] / scale) << 16);
        }

        return scale;
    }

    /// <summary>The logits of the 16 items from 16 · <paramref name="block"/> on; negative infinity for what was never seen.</summary>
    /// <param name="code">The user, as <see cref="Encode"/> wrote it.</param>
    /// <param name="scale">What <see cref="Encode"/> gave.</param>
    /// <param name="block">The block; beyond the last one nothing was seen.</param>
    internal Vector512<float> Score(ReadOnlySpan<int> code, float scale, int block)
    {
        var start = (nuint)(block * BlockItems);
        if (start >= (nuint)Count)
        {
            return Vector512.Create(float.NegativeInfinity);
        }

        ref var numbers = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_blocks), start * (nuint)Dimensions);
        var sums = Avx512BW.IsSupported ? SumWide(ref numbers, code) : Sum(ref numbers, code);
        return (Vector512.ConvertToSingle(sums) * scale * Vector512.LoadUnsafe(ref MemoryMarshal.GetArrayDataReference(_blockScales), start))
            + Vector512.LoadUnsafe(ref MemoryMarshal.GetArrayDataReference(_blockBiases), start);
    }

    private static Vector512<int> SumWide(ref sbyte numbers, ReadOnlySpan<int> code)
    {
        var even = Vector512<int>.Zero;
        var odd = Vector512<int>.Zero;
        for (var pair = 0; pair < code.Length; pair += 2)
        {
            even += Avx512BW.MultiplyAddAdjacent(
                Avx512BW.ConvertToVector512Int16(Vector256.LoadUnsafe(ref numbers, (nuint)pair * PairBytes)),
                Vector512.Create(code[pair]).AsInt16());
            odd += Avx512BW.MultiplyAddAdjacent(
                Avx512BW.ConvertToVector512Int16(Vector256.LoadUnsafe(ref numbers, (nuint)(pair + 1) * PairBytes)),
                Vector512.Create(code[pair + 1]).AsInt16());
        }

        return even + odd;
    }

    private static Vector512<int> Sum(ref sbyte numbers, ReadOnlySpan<int> code)
    {
        Span<int> sums = stackalloc int[2 * BlockItems];
        sums.Clear();
        ref var sum = ref MemoryMarshal.GetReference(sums);
        for (var pair = 0; pair < code.Length; pair++)
        {
            var two = Vector128.Create((short)code[pair], code[pair] >> 16, (short)code[pair], code[pair] >> 16);
            var factors = Vector256.Create(two, two);
            var (low, high) = Vector256.Widen(Vector256.LoadUnsafe(ref numbers, (nuint)pair * PairBytes));
            var (first, second) = Vector256.Widen(low);
            var (third, fourth) = Vector256.Widen(high);
            ((first * factors) + Vector256.LoadUnsafe(ref sum)).StoreUnsafe(ref sum);
            ((second * factors) + Vector256.LoadUnsafe(ref sum, 8)).StoreUnsafe(ref sum, 8);
            ((third * factors) + Vector256.LoadUnsafe(ref sum, 16)).StoreUnsafe(ref sum, 16);
            ((fourth * factors) + Vector256.LoadUnsafe(ref sum, 24)).StoreUnsafe(ref sum, 24);
        }

        Span<int> totals = stackalloc int[BlockItems];
        for (var item = 0; item < BlockItems; item++)
        {
            totals[item] = sums[2 * item] + sums[(2 * item) + 1];
        }

        return Vector512.Create<int>(totals);
    }

    private void Set(RecurrentRows page, int index)
    {
        var item = page.Items[index];
        var inputs = page.Inputs.AsSpan(index * Dimensions, Dimensions);
        inputs.CopyTo(Inputs.AsSpan(item * Dimensions));
        InputScales[item] = page.InputScales[index];
        var outputs = inputs;
        if (!IsTied)
        {
            outputs = page.Outputs.AsSpan(index * Dimensions, Dimensions);
            outputs.CopyTo(Outputs.AsSpan(item * Dimensions));
            OutputScales[item] = page.OutputScales[index];
            Biases[item] = page.Biases[index];
        }

        Interleave(outputs, item, _blocks);
        _blockScales[item] = OutputScales[item];
        _blockBiases[item] = OutputScales[item] == 0f ? float.NegativeInfinity : Biases[item];
    }

    private static void Interleave(ReadOnlySpan<sbyte> vector, int item, Span<sbyte> blocks)
    {
        var start = item / BlockItems * BlockItems * vector.Length;
        for (var d = 0; d < vector.Length; d++)
        {
            blocks[start + (d / 2 * PairBytes) + (item % BlockItems * 2) + (d & 1)] = vector[d];
        }
    }

    private static T[] Copy<T>(T[] values, int length)
    {
        var copy = GC.AllocateUninitializedArray<T>(length);
        values.CopyTo(copy, 0);
        Array.Clear(copy, values.Length, length - values.Length);
        return copy;
    }

    private void Mix(ReadOnlySpan<float> states, Span<float> user)
    {
        for (var row = 0; row < states.Length; row++)
        {
            TensorPrimitives.MultiplyAdd(Mixing.AsSpan(row * Dimensions, Dimensions), states[row], user, user);
        }

        if (Sharpness > 0f)
        {
            TensorPrimitives.Multiply(user, Sharpness / MathF.Sqrt(TensorPrimitives.SumOfSquares<float>(user) + 1e-12f), user);
        }
    }

    /// <summary>What a training has found; items that it never saw are left out.</summary>
    internal static RecurrentFactors From(RecurrentParameters parameters, float[] decays, float sharpness, ReadOnlySpan<float> counts)
    {
        var (inputs, inputScales) = Quantise(parameters.Inputs, parameters.Dimensions, counts);
        var (outputs, outputScales) = ReferenceEquals(parameters.Inputs, parameters.Outputs)
            ? (inputs, inputScales)
            : Quantise(parameters.Outputs, parameters.Dimensions, counts);
        return new RecurrentFactors(decays, parameters.Mixing, sharpness, inputs, inputScales, outputs, outputScales, parameters.Biases);
    }

    /// <summary>Writes a vector in a byte a number.</summary>
    /// <returns>The unit of the numbers; 0 for a vector of length zero.</returns>
    internal static float Quantise(ReadOnlySpan<float> vector, Span<sbyte> numbers)
    {
        var greatest = MathF.Abs(TensorPrimitives.MaxMagnitude(vector));
        if (greatest == 0f)
        {
            return 0f;
        }

        var scale = greatest / sbyte.MaxValue;
        for (var d = 0; d < numbers.Length; d++)
        {
            numbers[d] = (sbyte)MathF.Round(vector[d] / scale);
        }

        return scale;
    }

    private static (sbyte[] Numbers, float[] Scales) Quantise(float[] vectors, int dimensions, ReadOnlySpan<float> counts)
    {
        var numbers = new sbyte[vectors.Length];
        var scales = new float[counts.Length];
        for (var item = 0; item < counts.Length; item++)
        {
            if (counts[item] > 0f)
            {
                scales[item] = Quantise(vectors.AsSpan(item * dimensions, dimensions), numbers.AsSpan(item * dimensions, dimensions));
            }
        }

        return (numbers, scales);
    }

    private static sbyte[] Interleave(sbyte[] vectors, int count, int dimensions)
    {
        var blocks = new sbyte[(count + BlockItems - 1) / BlockItems * BlockItems * dimensions];
        for (var item = 0; item < count; item++)
        {
            Interleave(vectors.AsSpan(item * dimensions, dimensions), item, blocks);
        }

        return blocks;
    }

    private static float[] Padded(float[] values, float[] scales, float unseen)
    {
        var padded = new float[(values.Length + BlockItems - 1) / BlockItems * BlockItems];
        Array.Fill(padded, unseen);
        for (var item = 0; item < values.Length; item++)
        {
            padded[item] = scales[item] == 0f ? unseen : values[item];
        }

        return padded;
    }
}
