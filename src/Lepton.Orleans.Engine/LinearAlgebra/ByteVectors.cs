using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Lepton.Orleans.Engine.LinearAlgebra;

/// <summary>
/// Vectors kept in a byte a number, in whole multiples of a scale that each has: a quarter of the memory that a ranking waits
/// for, and the error is a hundredth of what tells two scores apart. Rows follow each other, all of one length.
/// </summary>
internal static class ByteVectors
{
    // The sum of a thousand products of a byte with such a number still is an integer of 32 bits.
    private const float CodeLimit = 8191f;

    private const int LaneCount = 16;
    private const int LineBytes = 64;

    /// <summary>
    /// Room for rows that begin where a line of the cache does, so that one of a whole number of lines is read as no more than
    /// those. It is never moved: not for memory that comes and goes.
    /// </summary>
    /// <returns>The array, and where in it the first row begins.</returns>
    public static unsafe (sbyte[] Numbers, int Start) Room(int length)
    {
        var numbers = GC.AllocateUninitializedArray<sbyte>(length + LineBytes, pinned: true);
        var start = (nuint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(numbers));
        return (numbers, (int)((LineBytes - (start % LineBytes)) % LineBytes));
    }

    /// <summary>Writes a vector in whole numbers of a byte, and returns what they are multiplied with; 0 for a vector of nothing.</summary>
    public static float Quantise(ReadOnlySpan<float> vector, Span<sbyte> numbers)
    {
        var scale = MathF.Abs(TensorPrimitives.MaxMagnitude(vector)) / sbyte.MaxValue;
        for (var d = 0; d < vector.Length; d++)
        {
            numbers[d] = scale > 0f ? (sbyte)MathF.Round(vector[d] / scale) : (sbyte)0;
        }

        return scale;
    }

    /// <summary>Writes a user's vector in whole numbers, two a place, as products with rows of bytes read it.</summary>
    /// <param name="user">The vector.</param>
    /// <param name="code">Receives the numbers; half as long, rounded up.</param>
    /// <returns>What a product of whole numbers is multiplied with.</returns>
    public static float Encode(ReadOnlySpan<float> user, Span<int> code)
    {
        var greatest = MathF.Abs(TensorPrimitives.MaxMagnitude(user));
        if (greatest is 0f or float.NaN)
        {
            code.Clear();
            return 0f;
        }

        var scale = greatest / CodeLimit;
        var d = 0;
        for (; d + (2 * LaneCount) <= user.Length; d += 2 * LaneCount)
        {
            var first = Vector512.ConvertToInt32(Vector512.Round(Vector512.Create(user.Slice(d, LaneCount)) / scale));
            var second = Vector512.ConvertToInt32(Vector512.Round(Vector512.Create(user.Slice(d + LaneCount, LaneCount)) / scale));
            Vector512.Narrow(first, second).AsInt32().CopyTo(code[(d / 2)..]);
        }

        for (; d < user.Length; d += 2)
        {
            var next = d + 1 < user.Length ? (int)MathF.Round(user[d + 1] / scale) : 0;
            code[d / 2] = (ushort)(short)MathF.Round(user[d] / scale) | (next << 16);
        }

        return scale;
    }

    /// <summary>The inner product of whole numbers of a row with an encoded user.</summary>
    /// <param name="row">The row.</param>
    /// <param name="code">The user, as <see cref="Encode"/> wrote it.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Product(ReadOnlySpan<sbyte> row, ReadOnlySpan<int> code)
    {
        if (2 * code.Length < row.Length)
        {
            ThrowShorter(row.Length, 2 * code.Length);
        }

        ref var numbers = ref MemoryMarshal.GetReference(row);
        ref var pairs = ref Unsafe.As<int, short>(ref MemoryMarshal.GetReference(code));
        var sum = 0;
        nuint d = 0;
        if (Avx512BW.IsSupported && row.Length >= 32)
        {
            var sums = Vector512<int>.Zero;
            for (; d + 32 <= (nuint)row.Length; d += 32)
            {
                sums += Avx512BW.MultiplyAddAdjacent(
                    Avx512BW.ConvertToVector512Int16(Vector256.LoadUnsafe(ref numbers, d)), Vector512.LoadUnsafe(ref pairs, d));
            }

            sum = Vector512.Sum(sums);
        }
        else if (Avx2.IsSupported)
        {
            var sums = Vector256<int>.Zero;
            for (; d + 16 <= (nuint)row.Length; d += 16)
            {
                sums += Avx2.MultiplyAddAdjacent(
                    Avx2.ConvertToVector256Int16(Vector128.LoadUnsafe(ref numbers, d)), Vector256.LoadUnsafe(ref pairs, d));
            }

            sum = Vector256.Sum(sums);
        }

        for (; d < (nuint)row.Length; d++)
        {
            sum += Unsafe.Add(ref numbers, d) * Unsafe.Add(ref pairs, d);
        }

        return sum;
    }

    /// <summary>Σ weight · row over some rows.</summary>
    /// <param name="numbers">The rows.</param>
    /// <param name="rows">Which rows; all of them exist.</param>
    /// <param name="weights">As many weights.</param>
    /// <param name="sum">Receives the sum; its length is that of a row.</param>
    public static void Sum(ReadOnlySpan<sbyte> numbers, ReadOnlySpan<int> rows, ReadOnlySpan<float> weights, Span<float> sum)
    {
        var dimensions = sum.Length;

        // Four vectors of a row at a time, so that their sums stay in registers from the first row to the last.
        var d = 0;
        for (; d + (4 * LaneCount) <= dimensions; d += 4 * LaneCount)
        {
            var (first, second, third, fourth) = (Vector512<float>.Zero, Vector512<float>.Zero, Vector512<float>.Zero, Vector512<float>.Zero);
            for (var i = 0; i < rows.Length; i++)
            {
                ref var row = ref MemoryMarshal.GetReference(numbers.Slice((rows[i] * dimensions) + d, 4 * LaneCount));
                var weight = Vector512.Create(weights[i]);
                first = Vector512.MultiplyAddEstimate(Floats(ref row), weight, first);
                second = Vector512.MultiplyAddEstimate(Floats(ref Unsafe.Add(ref row, LaneCount)), weight, second);
                third = Vector512.MultiplyAddEstimate(Floats(ref Unsafe.Add(ref row, 2 * LaneCount)), weight, third);
                fourth = Vector512.MultiplyAddEstimate(Floats(ref Unsafe.Add(ref row, 3 * LaneCount)), weight, fourth);
            }

            first.CopyTo(sum[d..]);
            second.CopyTo(sum[(d + LaneCount)..]);
            third.CopyTo(sum[(d + (2 * LaneCount))..]);
            fourth.CopyTo(sum[(d + (3 * LaneCount))..]);
        }

        sum[d..].Clear();
        for (var i = 0; d < dimensions && i < rows.Length; i++)
        {
            var rest = numbers.Slice(rows[i] * dimensions, dimensions);
            for (var k = d; k < dimensions; k++)
            {
                sum[k] += weights[i] * rest[k];
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Floats(ref sbyte numbers)
    {
        var bytes = Vector128.LoadUnsafe(ref numbers);
        if (Avx512F.IsSupported)
        {
            return Vector512.ConvertToSingle(Avx512F.ConvertToVector512Int32(bytes));
        }

        var (low, high) = Vector128.Widen(bytes);
        var (first, second) = Vector128.Widen(low);
        var (third, fourth) = Vector128.Widen(high);
        return Vector512.ConvertToSingle(Vector512.Create(Vector256.Create(first, second), Vector256.Create(third, fourth)));
    }

    private static void ThrowShorter(int needed, int length) => throw new ArgumentException($"A row of {needed} numbers has no product with a user of {length}.");
}
