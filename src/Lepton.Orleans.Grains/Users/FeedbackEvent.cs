namespace Lepton.Orleans.Grains.Users;

/// <summary>
/// One event of a history in 16 bytes: item number, value, and in one word the time (48 bits, milliseconds since 1970),
/// the type (12 bits) and flags (4 bits). Histories are arrays of these, because references are what a collector traces.
/// </summary>
[GenerateSerializer, Immutable, Alias("lepton.FeedbackEvent")]
internal readonly struct FeedbackEvent(int item, float value, long timeMs, int type, bool isExplicit) : IEquatable<FeedbackEvent>
{
    /// <summary>The latest time that can be kept: that of <see cref="DateTime.MaxValue"/>.</summary>
    public const long MaxTimeMs = 253_402_300_799_999;

    [Id(0)] private readonly ulong _packed = ((ulong)timeMs << 16) | ((uint)type << 4) | (isExplicit ? 1u : 0u);

    /// <summary>The item's number.</summary>
    [Id(1)] public int Item { get; } = item;

    /// <summary>The value.</summary>
    [Id(2)] public float Value { get; } = value;

    /// <summary>Milliseconds since 1970, UTC.</summary>
    public long TimeMs => (long)(_packed >> 16);

    /// <summary>The type's number, see <see cref="FeedbackTypes"/>.</summary>
    public int Type => (int)((_packed >> 4) & 0xFFF);

    /// <summary>The caller named the time, so the same event again is a repetition.</summary>
    public bool IsExplicit => (_packed & 1) != 0;

    /// <summary>The time.</summary>
    public DateTime Time => DateTime.UnixEpoch.AddMilliseconds(TimeMs);

    /// <summary>An event as a stored state names it.</summary>
    /// <exception cref="InvalidDataException">No event has such fields, or this process cannot number its type.</exception>
    public static FeedbackEvent FromStored(long item, float value, long timeMs, int type, bool isExplicit) =>
        item is >= 0 and <= int.MaxValue && timeMs is >= 0 and <= MaxTimeMs && type >= 0
            ? new FeedbackEvent((int)item, value, timeMs, type, isExplicit)
            : throw new InvalidDataException($"A stored event names item {item}, time {timeMs} and type number {type}; types are at most {FeedbackTypes.Capacity}.");

    /// <inheritdoc />
    public bool Equals(FeedbackEvent other) => Item == other.Item && _packed == other._packed && Value.Equals(other.Value);

    /// <inheritdoc />
    public override bool Equals(object? obj) => obj is FeedbackEvent other && Equals(other);

    /// <inheritdoc />
    public override int GetHashCode() => HashCode.Combine(Item, _packed);
}
