using System.Runtime.InteropServices;
using Lepton.Orleans.Engine.Neighbours;

namespace Lepton.Orleans.Engine.Binary;

/// <summary>Writes values, arrays and tables to a stream through a buffer of its own.</summary>
internal sealed class StreamOutput(Stream stream)
{
    /// <summary>Rows of a table that are written together: enough to amortise, few enough to check in small pieces.</summary>
    public const int TableBlock = 1024;

    private readonly byte[] _buffer = new byte[1 << 16];
    private int _used;

    public void Write<T>(T value)
        where T : unmanaged => WriteBytes(MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value)));

    public void WriteArray<T>(ReadOnlySpan<T> values)
        where T : unmanaged
    {
        Write(values.Length);
        WriteBytes(MemoryMarshal.AsBytes(values));
    }

    public void WriteTable(NeighbourTable table)
    {
        Write(table.RowCount);
        var lengths = new int[TableBlock];
        for (var first = 0; first < table.RowCount; first += TableBlock)
        {
            var rows = Math.Min(TableBlock, table.RowCount - first);
            for (var row = 0; row < rows; row++)
            {
                lengths[row] = table.Items(first + row).Length;
            }

            WriteArray<int>(lengths.AsSpan(0, rows));
            for (var row = first; row < first + rows; row++)
            {
                WriteBytes(MemoryMarshal.AsBytes(table.Items(row)));
                WriteBytes(MemoryMarshal.AsBytes(table.Weights(row)));
            }
        }
    }

    public void Flush()
    {
        stream.Write(_buffer, 0, _used);
        _used = 0;
        stream.Flush();
    }

    // Never more than a buffer at once, so that a stream which passes on what it is given holds no more than that.
    private void WriteBytes(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > _buffer.Length - _used)
        {
            var fitting = bytes[..(_buffer.Length - _used)];
            fitting.CopyTo(_buffer.AsSpan(_used));
            stream.Write(_buffer);
            _used = 0;
            bytes = bytes[fitting.Length..];
        }

        bytes.CopyTo(_buffer.AsSpan(_used));
        _used += bytes.Length;
    }
}
