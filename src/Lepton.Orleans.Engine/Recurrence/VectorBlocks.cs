using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Lepton.Orleans.Engine.LinearAlgebra;

namespace Lepton.Orleans.Engine.Recurrence;

/// <summary>
/// Vectors of a byte a number as a scan reads them: sixteen side by side, dimension by dimension, so that a block of them is
/// scored at once.
/// </summary>
internal sealed class VectorBlocks
{
    /// <summary>How many vectors a block has.</summary>
    public const int Size = 16;

    private const int PairBytes = 2 * Size;

    // Of a block first all vectors' dimensions 0 and 1, then 2 and 3, and so on.
    private readonly sbyte[] _numbers;
    private readonly float[] _scales;
    private readonly float[] _biases;
    private readonly int _dimensions;

    /// <summary>Vectors in some order.</summary>
    /// <param name="vectors">The vectors, row-major, in units of their scales.</param>
    /// <param name="scales">A scale per vector; one of scale 0 scores negative infinity.</param>
    /// <param name="biases">What is added to the score of each.</param>
    /// <param name="order">Which vector is at each place; −1 for none.</param>
    public VectorBlocks(ReadOnlySpan<sbyte> vectors, ReadOnlySpan<float> scales, ReadOnlySpan<float> biases, ReadOnlySpan<int> order)
    {
        _dimensions = scales.IsEmpty ? 0 : vectors.Length / scales.Length;
        Count = (order.Length + Size - 1) / Size;
        _numbers = new sbyte[Count * Size * _dimensions];
        _scales = new float[Count * Size];
        _biases = new float[Count * Size];
        Array.Fill(_biases, float.NegativeInfinity);
        for (var place = 0; place < order.Length; place++)
        {
            var from = order[place];
            if (from < 0 || scales[from] == 0f)
            {
                continue;
            }

            (_scales[place], _biases[place]) = (scales[from], biases[from]);
            var start = place / Size * Size * _dimensions;
            for (var d = 0; d < _dimensions; d++)
            {
                _numbers[start + (d / 2 * PairBytes) + (place % Size * 2) + (d & 1)] = vectors[(from * _dimensions) + d];
            }
        }
    }

    /// <summary>How many blocks there are.</summary>
    public int Count { get; }

    /// <summary>The scores of a block's vectors; negative infinity where there is none, and beyond the last block.</summary>
    /// <param name="code">The user, as <see cref="ByteVectors.Encode"/> wrote it.</param>
    /// <param name="scale">What <see cref="ByteVectors.Encode"/> gave.</param>
    /// <param name="block">The block.</param>
    public Vector512<float> Score(ReadOnlySpan<int> code, float scale, int block)
    {
        if ((uint)block >= (uint)Count)
        {
            return Vector512.Create(float.NegativeInfinity);
        }

        var start = (nuint)(block * Size);
        ref var numbers = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_numbers), start * (nuint)_dimensions);
        var sums = Avx512BW.IsSupported ? SumWide(ref numbers, code) : Sum(ref numbers, code);
        return (Vector512.ConvertToSingle(sums) * scale * Vector512.LoadUnsafe(ref MemoryMarshal.GetArrayDataReference(_scales), start))
            + Vector512.LoadUnsafe(ref MemoryMarshal.GetArrayDataReference(_biases), start);
    }

    /// <summary>Asks for a block's memory, and so for that of those that follow it.</summary>
    public void Announce(int block) => Prefetch.Run<sbyte>(_numbers.AsSpan(block * Size * _dimensions, Size * _dimensions));

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
        Span<int> sums = stackalloc int[2 * Size];
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

        Span<int> totals = stackalloc int[Size];
        for (var vector = 0; vector < Size; vector++)
        {
            totals[vector] = sums[2 * vector] + sums[(2 * vector) + 1];
        }

        return Vector512.Create<int>(totals);
    }
}
