using System.Text.Json;
using Lepton.Orleans.Silo.Apis.Problems;

namespace Lepton.Orleans.Silo.Apis.Bodies;

/// <summary>Reads items from UTF-8 and checks every field.</summary>
internal static class ItemReader
{
    /// <summary>Reads a body that is one item.</summary>
    /// <param name="utf8Json">The body.</param>
    /// <param name="now">The clock, UTC.</param>
    /// <exception cref="InvalidRequestException">It is not.</exception>
    public static Item ReadOne(ReadOnlySpan<byte> utf8Json, DateTime now) => JsonRows.ReadSingle(
        utf8Json,
        (ref Utf8JsonReader reader, ReadOnlySpan<byte> json, int row) => ReadItem(ref reader, json, row, now));

    /// <summary>Reads a body that is an array of items.</summary>
    /// <param name="utf8Json">The body.</param>
    /// <param name="now">The clock, UTC.</param>
    /// <exception cref="InvalidRequestException">It is not, or a row breaks a rule.</exception>
    public static List<Item> ReadMany(ReadOnlySpan<byte> utf8Json, DateTime now) => JsonRows.ReadArray(
        utf8Json,
        (ref Utf8JsonReader reader, ReadOnlySpan<byte> json, int row) => ReadItem(ref reader, json, row, now));

    /// <summary>Reads a body that is a change to an item.</summary>
    /// <param name="utf8Json">The body.</param>
    /// <param name="now">The clock, UTC.</param>
    /// <exception cref="InvalidRequestException">It is not.</exception>
    public static ItemPatch ReadPatch(ReadOnlySpan<byte> utf8Json, DateTime now) => JsonRows.ReadSingle(
        utf8Json,
        (ref Utf8JsonReader reader, ReadOnlySpan<byte> json, int row) => ReadFields(ref reader, json, row, now).Patch);

    private static Item ReadItem(ref Utf8JsonReader reader, ReadOnlySpan<byte> utf8Json, int row, DateTime now)
    {
        var (id, fields) = ReadFields(ref reader, utf8Json, row, now);
        return LeptonKey.Violation(id) is { } rule
            ? throw JsonField.Invalid(row, nameof(Item.ItemId), rule)
            : new Item
            {
                ItemId = id!,
                IsHidden = fields.IsHidden ?? false,
                Categories = fields.Categories ?? [],
                Timestamp = fields.Timestamp ?? default,
                LabelsJson = fields.LabelsJson,
                Comment = fields.Comment ?? "",
            };
    }

    // A change names what an item names, so that one loop serves both.
    private static (string? Id, ItemPatch Patch) ReadFields(ref Utf8JsonReader reader, ReadOnlySpan<byte> utf8Json, int row, DateTime now)
    {
        string? id = null;
        bool? isHidden = null;
        IReadOnlyList<string>? categories = null;
        DateTime? timestamp = null;
        string? labels = null;
        string? comment = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (JsonField.Is(ref reader, "ItemId"u8))
            {
                id = JsonField.Id(ref reader, row, nameof(Item.ItemId));
            }
            else if (JsonField.Is(ref reader, "IsHidden"u8))
            {
                isHidden = JsonField.Boolean(ref reader, row, nameof(Item.IsHidden));
            }
            else if (JsonField.Is(ref reader, "Categories"u8))
            {
                categories = JsonField.Categories(ref reader, row);
            }
            else if (JsonField.Is(ref reader, "Timestamp"u8))
            {
                timestamp = JsonField.NotFarAhead(JsonField.Timestamp(ref reader, row), row, now);
            }
            else if (JsonField.Is(ref reader, "Labels"u8))
            {
                labels = JsonField.Labels(ref reader, row, utf8Json);
            }
            else if (JsonField.Is(ref reader, "Comment"u8))
            {
                comment = JsonField.Comment(ref reader, row);
            }
            else
            {
                reader.Skip();
            }
        }

        var patch = new ItemPatch
        {
            IsHidden = isHidden, Categories = categories, Timestamp = timestamp, LabelsJson = labels, Comment = comment,
        };
        return (id, patch);
    }
}
