using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Lepton.Orleans.Engine.Binary;

/// <summary>Writes unmanaged values and arrays of them in the machine's byte order, which is little-endian on every platform .NET 10 supports in production.</summary>
internal readonly ref struct BinaryOutput(IBufferWriter<byte> writer)
{
    private readonly IBufferWriter<byte> _writer = writer;

    public void Write<T>(T value)
        where T : unmanaged
    {
        var size = Unsafe.SizeOf<T>();
        MemoryMarshal.Write(_writer.GetSpan(size), in value);
        _writer.Advance(size);
    }

    public void Write<T>(ReadOnlySpan<T> values)
        where T : unmanaged => _writer.Write(MemoryMarshal.AsBytes(values));

    /// <summary>An array behind its length.</summary>
    public void WriteArray<T>(ReadOnlySpan<T> values)
        where T : unmanaged
    {
        Write(values.Length);
        Write(values);
    }
}
