using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
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

    // What a second cache holds beside all else. A scan of more costs what reading it from memory costs.
    private const int FullScanBytes = 1 << 18;

    // What is left of an item that a state no longer reads.
    private const float Faded = 1e-3f;

    // √(1−g²) g^a by state and age a.
    private readonly float[] _shares;

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
        _shares = SharesOf(decays);
        (Blocks, Clusters) = Scannable(null, []);
    }

    // Of no items, in the shape of what was learned.
    private RecurrentFactors(RecurrentRows shape)
    {
        (Dimensions, Decays, Mixing, Sharpness, IsTied) = (shape.Dimensions, shape.Decays, shape.Mixing, shape.Sharpness, shape.IsTied);
        _shares = SharesOf(Decays);
        (Inputs, InputScales, Outputs, OutputScales, Biases) = ([], [], [], [], []);
        (Blocks, Clusters) = Scannable(null, []);
    }

    private RecurrentFactors(RecurrentFactors from, int count, IReadOnlyList<RecurrentRows> pages)
    {
        var last = pages[^1];
        (Count, Dimensions, Decays, Mixing, Sharpness) = (count, from.Dimensions, from.Decays, last.Mixing, from.Sharpness);
        IsTied = from.IsTied;
        _shares = from._shares;
        Inputs = Copy(from.Inputs, count * Dimensions);
        InputScales = Copy(from.InputScales, count);
        Outputs = from.IsTied ? Inputs : Copy(from.Outputs, count * Dimensions);
        OutputScales = from.IsTied ? InputScales : Copy(from.OutputScales, count);
        Biases = Copy(from.Biases, count);
        foreach (var page in pages)
        {
            for (var i = 0; i < page.Items.Length; i++)
            {
                Set(page, i);
            }
        }

        (Blocks, Clusters) = Scannable(from.Clusters, pages.SelectMany(static page => page.Items));
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

    /// <summary>The output vectors as a scan reads them: by item or, where there are clusters, by those.</summary>
    internal VectorBlocks Blocks { get; }

    /// <summary>The output vectors by where they point; null where they are so few that every one may be looked at.</summary>
    internal VectorClusters? Clusters { get; }

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
        user.Clear();
        var known = 0;
        Span<int> rows = stackalloc int[Reach];
        Span<float> scales = stackalloc float[Reach];
        foreach (var item in history[..Math.Min(history.Length, Reach)])
        {
            if ((uint)item < (uint)Count && InputScales[item] != 0f)
            {
                Prefetch.Run(Inputs.AsSpan(item * Dimensions, Dimensions));
                (rows[known], scales[known]) = (item, InputScales[item]);
                known++;
            }
        }

        if (known == 0)
        {
            return false;
        }

        Span<float> weights = stackalloc float[Reach];
        for (var k = 0; k < Decays.Length; k++)
        {
            // Newest first, so that a state stops where it has faded to nothing.
            var read = 0;
            for (; read < known && _shares[(k * Reach) + read] > Faded; read++)
            {
                weights[read] = _shares[(k * Reach) + read] * scales[read];
            }

            ByteVectors.Sum(Inputs, rows[..read], weights[..read], states.Slice(k * Dimensions, Dimensions));
        }

        Mix(states, user);
        return true;
    }

    /// <summary>The logit of an item; negative infinity if it was never seen.</summary>
    /// <param name="code">The user, as <see cref="ByteVectors.Encode"/> wrote it.</param>
    /// <param name="scale">What <see cref="ByteVectors.Encode"/> gave.</param>
    /// <param name="item">The item.</param>
    internal float Score(ReadOnlySpan<int> code, float scale, int item)
    {
        if ((uint)item >= (uint)Count || OutputScales[item] == 0f)
        {
            return float.NegativeInfinity;
        }

        return (ByteVectors.Product(Outputs.AsSpan(item * Dimensions, Dimensions), code) * scale * OutputScales[item]) + Biases[item];
    }

    /// <summary>Asks for the memory that <see cref="Score"/> of an item reads.</summary>
    internal void Announce(int item)
    {
        if ((uint)item < (uint)Count)
        {
            Prefetch.Run(Outputs.AsSpan(item * Dimensions, Dimensions));
            Prefetch.At(ref OutputScales[item]);
            Prefetch.At(ref Biases[item]);
        }
    }

    private static float[] SharesOf(float[] decays) =>
        [.. decays.SelectMany(decay => Enumerable.Range(0, Reach).Select(age => GainOf(decay) * MathF.Pow(decay, age)))];

    private (VectorBlocks Blocks, VectorClusters? Clusters) Scannable(VectorClusters? before, IEnumerable<int> changed)
    {
        if (Outputs.Length <= FullScanBytes)
        {
            return (new VectorBlocks(Outputs, OutputScales, Biases, [.. Enumerable.Range(0, Count)]), null);
        }

        var clusters = before?.With(Outputs, OutputScales, Biases, changed) ?? VectorClusters.Of(Outputs, OutputScales, Biases);
        return (clusters.Vectors, clusters);
    }

    private void Set(RecurrentRows page, int index)
    {
        var item = page.Items[index];
        page.Inputs.AsSpan(index * Dimensions, Dimensions).CopyTo(Inputs.AsSpan(item * Dimensions));
        InputScales[item] = page.InputScales[index];
        if (!IsTied)
        {
            page.Outputs.AsSpan(index * Dimensions, Dimensions).CopyTo(Outputs.AsSpan(item * Dimensions));
            OutputScales[item] = page.OutputScales[index];
            Biases[item] = page.Biases[index];
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
        // Sixteen columns at a time, so that their sums stay in a register.
        var column = 0;
        ref var mixing = ref MemoryMarshal.GetArrayDataReference(Mixing);
        for (; column + Vector512<float>.Count <= user.Length; column += Vector512<float>.Count)
        {
            var (even, odd) = (Vector512<float>.Zero, Vector512<float>.Zero);
            for (var row = 0; row < states.Length; row += 2)
            {
                var start = (nuint)((row * user.Length) + column);
                even = Vector512.MultiplyAddEstimate(Vector512.LoadUnsafe(ref mixing, start), Vector512.Create(states[row]), even);
                odd = Vector512.MultiplyAddEstimate(Vector512.LoadUnsafe(ref mixing, start + (nuint)user.Length), Vector512.Create(states[row + 1]), odd);
            }

            (even + odd).CopyTo(user[column..]);
        }

        for (var row = 0; column < user.Length && row < states.Length; row++)
        {
            TensorPrimitives.MultiplyAdd(Mixing.AsSpan((row * user.Length) + column, user.Length - column), states[row], user[column..], user[column..]);
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

    private static (sbyte[] Numbers, float[] Scales) Quantise(float[] vectors, int dimensions, ReadOnlySpan<float> counts)
    {
        var numbers = new sbyte[vectors.Length];
        var scales = new float[counts.Length];
        for (var item = 0; item < counts.Length; item++)
        {
            if (counts[item] > 0f)
            {
                scales[item] = ByteVectors.Quantise(vectors.AsSpan(item * dimensions, dimensions), numbers.AsSpan(item * dimensions, dimensions));
            }
        }

        return (numbers, scales);
    }
}
