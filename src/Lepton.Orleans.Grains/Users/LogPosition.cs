using System.Buffers;
using Lepton.Orleans.Grains.Storage;

namespace Lepton.Orleans.Grains.Users;

/// <summary>How far a user's rows of one partition of a log have been applied.</summary>
/// <param name="Source">See <see cref="FeedbackOrigin.Source"/>.</param>
/// <param name="Partition">See <see cref="FeedbackOrigin.Partition"/>.</param>
/// <param name="Offset">The offset of the last row that was applied.</param>
internal readonly record struct LogPosition(uint Source, int Partition, long Offset)
{
    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="InvalidDataException">The bytes end too early.</exception>
    public static LogPosition Read(ref StateReader input)
    {
        var source = input.ReadUInt32();
        var partition = (int)input.ReadNumber();
        return new LogPosition(source, partition, input.ReadNumber());
    }

    /// <summary>The position after the rows of a batch.</summary>
    public static LogPosition? After(FeedbackOrigin? origin) => origin is null ? null : new LogPosition(origin.Source, origin.Partition, origin.Offsets[^1]);

    /// <summary>Writes 6 to 19 bytes.</summary>
    public void Write(ArrayBufferWriter<byte> output)
    {
        output.WriteUInt32(Source);
        output.WriteNumber(Partition);
        output.WriteNumber(Offset);
    }
}
