using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Lepton.Orleans.Engine.Binary;

/// <summary>Reads what <see cref="BinaryOutput"/> wrote; whatever is wrong with the bytes is an <see cref="InvalidDataException"/> that says where.</summary>
internal ref struct BinaryInput(ReadOnlySpan<byte> bytes, string what)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private readonly string _what = what;
    private int _position;

    public void Expect(uint magic)
    {
        var found = Read<uint>();
        if (found != magic)
        {
            throw new InvalidDataException($"These bytes are no {_what} of this version: they start with 0x{found:X8}, not 0x{magic:X8}.");
        }
    }

    public T Read<T>()
        where T : unmanaged => MemoryMarshal.Read<T>(Take(Unsafe.SizeOf<T>()));

    /// <summary>A length that the remaining bytes can hold, so that damaged input cannot ask for gigabytes.</summary>
    public int ReadCount(int bytesEach)
    {
        var count = Read<int>();
        if (count < 0 || (long)count * bytesEach > _bytes.Length - _position)
        {
            throw new InvalidDataException(
                $"The {_what} announce {count} entries of {bytesEach} bytes at byte {_position}, but only {_bytes.Length - _position} bytes follow: cut short or damaged.");
        }

        return count;
    }

    public T[] ReadArray<T>(int count)
        where T : unmanaged => MemoryMarshal.Cast<byte, T>(Take(checked(count * Unsafe.SizeOf<T>()))).ToArray();

    public T[] ReadArray<T>()
        where T : unmanaged => ReadArray<T>(ReadCount(Unsafe.SizeOf<T>()));

    public readonly void ExpectEnd()
    {
        if (_position != _bytes.Length)
        {
            throw new InvalidDataException($"{_bytes.Length - _position} bytes follow the end of the {_what}.");
        }
    }

    private ReadOnlySpan<byte> Take(int length)
    {
        if (length > _bytes.Length - _position)
        {
            throw new InvalidDataException(
                $"The {_what} are cut short: {length} bytes are needed at byte {_position}, {_bytes.Length - _position} are left.");
        }

        var taken = _bytes.Slice(_position, length);
        _position += length;
        return taken;
    }
}
