using System.Globalization;
using System.Text;
using StackExchange.Redis;

namespace Lepton.Orleans.Grains.Storage;

/// <summary>What a key that was met in the store is: <see cref="StoreKeys"/> the other way round.</summary>
/// <param name="Kind">What it is for.</param>
/// <param name="Owner">Whose it is: a grain's key for records and journals, a tenant for indexes; otherwise what stands in its tag.</param>
/// <param name="Number">Of an index of feedback the item's number, of other indexes the bucket.</param>
internal readonly record struct StoreKeyName(StoreKeyKind Kind, string Owner, int Number)
{
    // As long as a fence's token.
    private const int TokenBytes = 16;

    private static ReadOnlySpan<byte> Prefix => "lepton:{"u8;

    private static ReadOnlySpan<byte> JournalEnd => "}:j"u8;

    /// <summary>The name of a key.</summary>
    public static StoreKeyName Of(RedisKey key)
    {
        if (key == StoreKeys.Starts)
        {
            return new StoreKeyName(StoreKeyKind.Starts, "", 0);
        }

        ReadOnlySpan<byte> name = (byte[]?)key;
        var colon = name.StartsWith(Prefix) ? name[Prefix.Length..].IndexOf((byte)':') : -1;
        if (colon < 0)
        {
            return default;
        }

        var rest = name[(Prefix.Length + colon + 1)..];
        return Encoding.UTF8.GetString(name.Slice(Prefix.Length, colon)) switch
        {
            "u" => Record(rest, StoreKeyKind.User, StoreKeyKind.UserJournal, StoreKeyKind.UserLeftover),
            "i" => Record(rest, StoreKeyKind.Item, StoreKeyKind.ItemJournal, StoreKeyKind.ItemLeftover),
            "xu" => Index(rest, StoreKeyKind.UserIndex),
            "xi" => Index(rest, StoreKeyKind.ItemIndex),
            "xm" => Index(rest, StoreKeyKind.MergedIndex),
            "xr" => Tagged(rest, StoreKeyKind.RestoredIndex),
            "f" => Index(rest, StoreKeyKind.ItemFeedbackIndex),
            "c" => Tagged(rest, StoreKeyKind.Catalog),
            "b" => Tagged(rest, StoreKeyKind.Blob),
            "t" => Tagged(rest, StoreKeyKind.Turn),
            "e" => Tagged(rest, StoreKeyKind.Erasures),
            "g" => Tagged(rest, StoreKeyKind.Grain),
            _ => default,
        };
    }

    // An id may hold anything but '/' and control characters, so only the end of a key says what it is.
    private static StoreKeyName Record(ReadOnlySpan<byte> rest, StoreKeyKind snapshot, StoreKeyKind journal, StoreKeyKind leftover) =>
        rest.EndsWith("}"u8) ? new StoreKeyName(snapshot, Encoding.UTF8.GetString(rest[..^1]), 0)
        : rest.EndsWith(JournalEnd) ? new StoreKeyName(journal, Encoding.UTF8.GetString(rest[..^JournalEnd.Length]), 0)
        : rest.Length > TokenBytes && rest[..^TokenBytes].EndsWith(JournalEnd)
            ? new StoreKeyName(leftover, Encoding.UTF8.GetString(rest[..^(TokenBytes + JournalEnd.Length)]), 0)
            : default;

    private static StoreKeyName Index(ReadOnlySpan<byte> rest, StoreKeyKind kind)
    {
        var colon = rest.LastIndexOf((byte)':');
        return colon >= 0 && rest.EndsWith("}"u8) && int.TryParse(rest[(colon + 1)..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? new StoreKeyName(kind, Encoding.UTF8.GetString(rest[..colon]), number)
            : default;
    }

    private static StoreKeyName Tagged(ReadOnlySpan<byte> rest, StoreKeyKind kind) =>
        rest.LastIndexOf((byte)'}') is >= 0 and var end ? new StoreKeyName(kind, Encoding.UTF8.GetString(rest[..end]), 0) : default;
}
