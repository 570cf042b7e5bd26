using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Lepton.Orleans.Grains.Storage;

/// <summary>The primitives that states are written with: variable-length integers, floats, and UTF-8 with its length before it.</summary>
internal static class BinaryWriterExtensions
{
    public static void WriteByte(this ArrayBufferWriter<byte> output, byte value)
    {
        output.GetSpan(1)[0] = value;
        output.Advance(1);
    }

    public static void WriteNumber(this ArrayBufferWriter<byte> output, long value)
    {
        // Zigzag, then seven bits a byte: small numbers of either sign are short.
        var bits = (ulong)((value << 1) ^ (value >> 63));
        var span = output.GetSpan(10);
        var length = 0;
        while (bits >= 0x80)
        {
            span[length++] = (byte)(bits | 0x80);
            bits >>= 7;
        }

        span[length++] = (byte)bits;
        output.Advance(length);
    }

    public static void WriteSingle(this ArrayBufferWriter<byte> output, float value)
    {
        BinaryPrimitives.WriteSingleLittleEndian(output.GetSpan(4), value);
        output.Advance(4);
    }

    public static void WriteUInt32(this ArrayBufferWriter<byte> output, uint value)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(output.GetSpan(4), value);
        output.Advance(4);
    }

    public static void WriteUInt128(this ArrayBufferWriter<byte> output, UInt128 value)
    {
        BinaryPrimitives.WriteUInt128LittleEndian(output.GetSpan(16), value);
        output.Advance(16);
    }

    public static void WriteText(this ArrayBufferWriter<byte> output, string? value)
    {
        if (value is null)
        {
            output.WriteNumber(-1);
            return;
        }

        var length = Encoding.UTF8.GetByteCount(value);
        output.WriteNumber(length);
        Encoding.UTF8.GetBytes(value, output.GetSpan(length));
        output.Advance(length);
    }
}
