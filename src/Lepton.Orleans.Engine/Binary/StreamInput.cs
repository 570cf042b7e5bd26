using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Lepton.Orleans.Engine.Neighbours;

namespace Lepton.Orleans.Engine.Binary;

/// <summary>Reads what <see cref="StreamOutput"/> wrote; whatever is wrong with the bytes is an <see cref="InvalidDataException"/>.</summary>
internal sealed class StreamInput(Stream stream, string what)
{
    // Memory grows with what has arrived, not with what a damaged length announces.
    private const int ReadAtOnce = 1 << 20;

    /// <summary>Reads a mark that must be one of those given, and says which.</summary>
    public uint Expect(params ReadOnlySpan<uint> marks)
    {
        var found = Read<uint>();
        return marks.Contains(found)
            ? found
            : throw new InvalidDataException($"This is no {what} of this version, or it is damaged: 0x{found:X8} where 0x{marks[0]:X8} is expected.");
    }

    public T Read<T>()
        where T : unmanaged
    {
        T value = default;
        Fill(MemoryMarshal.AsBytes(new Span<T>(ref value)));
        return value;
    }

    public T[] ReadArray<T>()
        where T : unmanaged => ReadArray<T>(Read<int>());

    public NeighbourTable ReadTable()
    {
        var rowCount = Read<int>();
        if (rowCount < 0)
        {
            throw new InvalidDataException($"A table of the {what} states {rowCount} rows.");
        }

        var rows = new List<NeighbourRow>();
        for (var first = 0; first < rowCount; first += StreamOutput.TableBlock)
        {
            var lengths = ReadArray<int>();
            if (lengths.Length != Math.Min(StreamOutput.TableBlock, rowCount - first))
            {
                throw new InvalidDataException($"A table of the {what} holds {lengths.Length} rows from row {first} of {rowCount}.");
            }

            for (var row = 0; row < lengths.Length; row++)
            {
                rows.Add(new NeighbourRow(first + row, ReadArray<int>(lengths[row]), ReadArray<float>(lengths[row])));
            }
        }

        return NeighbourTable.From(rows);
    }

    private T[] ReadArray<T>(int length)
        where T : unmanaged
    {
        var size = Unsafe.SizeOf<T>();
        if (length < 0 || (long)length * size > Array.MaxLength)
        {
            throw new InvalidDataException($"The {what} announces an array of {length} entries.");
        }

        var atOnce = ReadAtOnce / size;
        var values = new T[Math.Min(length, atOnce)];
        Fill(MemoryMarshal.AsBytes(values.AsSpan()));
        while (values.Length < length)
        {
            var known = values.Length;
            Array.Resize(ref values, (int)Math.Min(length, 2L * known));
            Fill(MemoryMarshal.AsBytes(values.AsSpan(known)));
        }

        return values;
    }

    private void Fill(Span<byte> bytes)
    {
        var read = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        if (read < bytes.Length)
        {
            throw new InvalidDataException($"The {what} is cut short: {bytes.Length - read} more bytes are needed.");
        }
    }
}
