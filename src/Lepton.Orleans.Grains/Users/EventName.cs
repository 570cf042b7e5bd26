using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Lepton.Orleans.Grains.Storage;

namespace Lepton.Orleans.Grains.Users;

/// <summary>The name that a caller gave an event, and what was said under it: hashes of both, the same in every process.</summary>
/// <param name="Id">128 bits of the SHA-256 of <see cref="Feedback.EventId"/>; 0 for an event without a name.</param>
/// <param name="Content">32 bits of the SHA-256 of the row.</param>
internal readonly record struct EventName(UInt128 Id, uint Content)
{
    /// <summary>Whether the event has a name at all.</summary>
    public bool IsGiven => Id != UInt128.Zero;

    /// <summary>The name of a row, or none.</summary>
    public static EventName Of(Feedback row, bool overwrite)
    {
        if (row.EventId is not { } id)
        {
            return default;
        }

        var content = string.Create(
            CultureInfo.InvariantCulture,
            $"{overwrite}\n{row.FeedbackType}\n{row.ItemId}\n{row.Value:R}\n{row.Timestamp:O}\n{row.Comment}");
        return new EventName(
            BinaryPrimitives.ReadUInt128LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(id))) | UInt128.One,
            BinaryPrimitives.ReadUInt32LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(content))));
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="InvalidDataException">The bytes end too early.</exception>
    public static EventName Read(ref StateReader input)
    {
        var id = input.ReadUInt128();
        return new EventName(id, input.ReadUInt32());
    }

    /// <summary>Writes 20 bytes.</summary>
    public void Write(ArrayBufferWriter<byte> output)
    {
        output.WriteUInt128(Id);
        output.WriteUInt32(Content);
    }
}
