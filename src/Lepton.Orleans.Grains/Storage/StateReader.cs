using System.Buffers.Binary;
using System.Text;

namespace Lepton.Orleans.Grains.Storage;

/// <summary>Reads what <see cref="BinaryWriterExtensions"/> wrote.</summary>
internal ref struct StateReader(ReadOnlySpan<byte> input)
{
    private ReadOnlySpan<byte> _rest = input;

    /// <summary>Whether all bytes have been read.</summary>
    public readonly bool IsAtEnd => _rest.IsEmpty;

    /// <exception cref="InvalidDataException">The bytes end too early.</exception>
    public byte ReadByte() => Take(1)[0];

    /// <exception cref="InvalidDataException">The bytes end too early or are no number.</exception>
    public long ReadNumber()
    {
        var bits = 0UL;
        for (var shift = 0; shift < 70; shift += 7)
        {
            var b = ReadByte();
            bits |= (ulong)(b & 0x7F) << shift;
            if (b < 0x80)
            {
                return (long)(bits >> 1) ^ -(long)(bits & 1);
            }
        }

        throw new InvalidDataException("A number in a stored state is longer than ten bytes.");
    }

    /// <exception cref="InvalidDataException">The bytes end too early or are no count.</exception>
    public int ReadCount()
    {
        var count = ReadNumber();
        return count >= 0 && count <= _rest.Length
            ? (int)count
            : throw new InvalidDataException($"A count of {count} in a stored state is more than its bytes can hold.");
    }

    /// <exception cref="InvalidDataException">The bytes end too early.</exception>
    public float ReadSingle() => BinaryPrimitives.ReadSingleLittleEndian(Take(4));

    /// <exception cref="InvalidDataException">The bytes end too early.</exception>
    public string? ReadText()
    {
        var length = ReadNumber();
        return length < 0 ? null : Encoding.UTF8.GetString(Take(length));
    }

    /// <exception cref="InvalidDataException">The bytes end too early.</exception>
    public uint ReadUInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(4));

    /// <exception cref="InvalidDataException">The bytes end too early.</exception>
    public UInt128 ReadUInt128() => BinaryPrimitives.ReadUInt128LittleEndian(Take(16));

    /// <summary>All bytes that are left.</summary>
    public ReadOnlySpan<byte> ReadRest() => Take(_rest.Length);

    private ReadOnlySpan<byte> Take(long length)
    {
        if (length > _rest.Length)
        {
            throw new InvalidDataException("A stored state ends too early.");
        }

        var taken = _rest[..(int)length];
        _rest = _rest[(int)length..];
        return taken;
    }
}
