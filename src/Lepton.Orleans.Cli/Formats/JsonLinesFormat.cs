using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Lepton.Orleans.Cli.Records;

namespace Lepton.Orleans.Cli.Formats;

/// <summary>The REST documents, one a line; what a line is, its <c>Kind</c> says, or else the fields it has.</summary>
internal sealed class JsonLinesFormat : IRowFormat
{
    private const string Fields = "Kind, FeedbackType, UserId, ItemId, Value, Timestamp, IsHidden, Categories, Labels, Comment";

    /// <inheritdoc />
    public byte? QuotedSeparator => null;

    /// <inheritdoc />
    public bool HasHeader => false;

    /// <inheritdoc />
    public string Signature => "jsonl";

    /// <inheritdoc />
    public void ReadHeader(ReadOnlySpan<byte> record)
    {
    }

    /// <inheritdoc />
    public Row Read(ReadOnlySpan<byte> record)
    {
        if (!Utf8.IsValid(record))
        {
            throw new BadFieldException("", "is not valid UTF-8");
        }

        try
        {
            var document = new Document();
            var reader = new Utf8JsonReader(record);
            _ = reader.Read();
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                throw new BadFieldException("", "must be a JSON object, one on each line");
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                ReadField(ref reader, record, ref document);
            }

            _ = reader.Read(); // throws where something follows
            return document.ToRow();
        }
        catch (JsonException exception)
        {
            throw new BadFieldException("", $"must be well-formed JSON; it is not at byte {(exception.BytePositionInLine ?? 0) + 1}");
        }
    }

    private static void ReadField(ref Utf8JsonReader reader, ReadOnlySpan<byte> record, ref Document document)
    {
        if (Is(ref reader, "Kind"u8))
        {
            document.Kind = Text(ref reader, "Kind");
        }
        else if (Is(ref reader, "FeedbackType"u8))
        {
            document.Type = Text(ref reader, "FeedbackType");
        }
        else if (Is(ref reader, "UserId"u8))
        {
            document.User = Text(ref reader, "UserId");
        }
        else if (Is(ref reader, "ItemId"u8))
        {
            document.Item = Text(ref reader, "ItemId");
        }
        else if (Is(ref reader, "Comment"u8))
        {
            document.Comment = Text(ref reader, "Comment") ?? "";
        }
        else if (Is(ref reader, "Timestamp"u8))
        {
            _ = reader.Read();
            document.Timestamp = reader.TokenType == JsonTokenType.Number && reader.TryGetDouble(out var unix)
                ? FieldValues.FromUnix(unix)
                : FieldValues.Timestamp(TextValue(ref reader, "Timestamp") ?? "");
        }
        else if (Is(ref reader, "Value"u8))
        {
            _ = reader.Read();
            document.Value = reader.TokenType switch
            {
                JsonTokenType.Null => 0,
                JsonTokenType.Number => reader.GetDouble(),
                _ => throw new BadFieldException("Value", "must be a number"),
            };
        }
        else if (Is(ref reader, "IsHidden"u8))
        {
            _ = reader.Read();
            document.IsHidden = reader.TokenType switch
            {
                JsonTokenType.True => true,
                JsonTokenType.False or JsonTokenType.Null => false,
                _ => throw new BadFieldException("IsHidden", "must be true or false"),
            };
        }
        else if (Is(ref reader, "Categories"u8))
        {
            document.Categories = Texts(ref reader, "Categories");
        }
        else if (Is(ref reader, "Labels"u8))
        {
            _ = reader.Read();
            var start = (int)reader.TokenStartIndex;
            reader.Skip();
            document.Labels = reader.TokenType == JsonTokenType.Null ? null : Encoding.UTF8.GetString(record[start..(int)reader.BytesConsumed]);
        }
        else if (Is(ref reader, "Updated"u8) || Is(ref reader, "Subscribe"u8))
        {
            // Gorse's dumps have these; neither is kept here.
            reader.Skip();
        }
        else
        {
            // As it is written: an escape in it may stand for no character.
            throw new BadFieldException(Encoding.UTF8.GetString(reader.ValueSpan), $"is not a field; the fields are {Fields}");
        }
    }

    private static bool Is(ref Utf8JsonReader reader, ReadOnlySpan<byte> name) => Ascii.EqualsIgnoreCase(reader.ValueSpan, name);

    private static string? Text(ref Utf8JsonReader reader, string field)
    {
        _ = reader.Read();
        return TextValue(ref reader, field);
    }

    private static string? TextValue(ref Utf8JsonReader reader, string field)
    {
        if (reader.TokenType is not (JsonTokenType.String or JsonTokenType.Null))
        {
            throw new BadFieldException(field, "must be a string");
        }

        try
        {
            return reader.GetString();
        }
        catch (InvalidOperationException)
        {
            throw new BadFieldException(field, "must be valid Unicode");
        }
    }

    private static List<string> Texts(ref Utf8JsonReader reader, string field)
    {
        _ = reader.Read();
        var texts = new List<string>();
        if (reader.TokenType == JsonTokenType.Null)
        {
            return texts;
        }

        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw new BadFieldException(field, "must be an array of strings");
        }

        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            texts.Add(TextValue(ref reader, field) ?? "");
        }

        return texts;
    }

    private struct Document
    {
        public string? Kind;
        public string? Type;
        public string? User;
        public string? Item;
        public double Value;
        public DateTime? Timestamp;
        public bool IsHidden;
        public List<string>? Categories;
        public string? Labels;
        public string? Comment;

        public readonly Row ToRow()
        {
            var kind = Kind?.ToUpperInvariant() switch
            {
                "ITEM" => RowKind.Item,
                "USER" => RowKind.User,
                "FEEDBACK" => RowKind.Feedback,
                null => (Type, Item, User) switch
                {
                    (not null, _, _) => RowKind.Feedback,
                    (_, not null, null) => RowKind.Item,
                    (_, null, not null) => RowKind.User,
                    (_, not null, not null) => throw new BadFieldException("FeedbackType", "is missing"),
                    _ => throw new BadFieldException("", "has neither an ItemId nor a UserId"),
                },
                _ => throw new BadFieldException("Kind", "must be Item, User or Feedback"),
            };
            return kind switch
            {
                RowKind.Feedback => Row.Of(new Feedback
                {
                    FeedbackType = Type ?? "",
                    UserId = User ?? "",
                    ItemId = Item ?? "",
                    Value = Value,
                    Timestamp = Timestamp,
                    Comment = Comment ?? "",
                }),
                RowKind.User => Row.Of(new User { UserId = User ?? "", LabelsJson = Labels, Comment = Comment ?? "" }),
                _ => Row.Of(new Item
                {
                    ItemId = Item ?? "",
                    IsHidden = IsHidden,
                    Categories = Categories ?? [],
                    Timestamp = Timestamp ?? default,
                    LabelsJson = Labels,
                    Comment = Comment ?? "",
                }),
            };
        }
    }
}
