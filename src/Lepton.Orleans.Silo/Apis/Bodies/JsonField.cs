using System.Text;
using System.Text.Json;
using Lepton.Orleans.Silo.Apis.Problems;
using Lepton.Orleans.Silo.Apis.Requests;

namespace Lepton.Orleans.Silo.Apis.Bodies;

/// <summary>Reads single fields of a row; each method stands on the field's value and names the field where it breaks a rule.</summary>
/// <remarks>A JSON <c>null</c> is the same as an absent field, because Gorse's clients send every field.</remarks>
internal static class JsonField
{
    /// <summary>The largest labels, in bytes of compact JSON.</summary>
    public const int MaxLabelBytes = 64 * 1024;

    private static readonly string IdTooLong = $"must not be longer than {LeptonKey.MaxIdBytes} UTF-8 bytes";
    private static readonly string CommentTooLong = $"must not be longer than {FeedbackRules.MaxCommentLength} characters";

    private const int MaxEscape = 6; // bytes that one character can take as \uXXXX

    /// <summary>Whether the property the reader stands on has this name, in any case, as Gorse's server reads names.</summary>
    /// <remarks>Names of ours are ASCII, so one with an escape that stands for no character is an unknown one.</remarks>
    public static bool Is(ref Utf8JsonReader reader, ReadOnlySpan<byte> name)
    {
        if (!reader.ValueIsEscaped)
        {
            return Ascii.EqualsIgnoreCase(reader.ValueSpan, name);
        }

        try
        {
            return reader.ValueTextEquals(name);
        }
        catch (InvalidOperationException)
        {
            return false; // half of a surrogate pair
        }
    }

    /// <summary>An id, not yet checked but for its type; <see langword="null"/> for JSON's null.</summary>
    /// <param name="reader">Stands on the property's name, and then on its value.</param>
    /// <param name="row">The row, see <see cref="InvalidRequestException.Path"/>.</param>
    /// <param name="field">The field.</param>
    /// <param name="known">An id that it is likely to equal, such as that of the row before: saves an allocation.</param>
    public static string? Id(ref Utf8JsonReader reader, int row, string field, string? known = null)
    {
        _ = reader.Read();
        return Text(ref reader, row, field, LeptonKey.MaxIdBytes, IdTooLong, known);
    }

    /// <summary>The name of an event: any text but control characters, up to the length of an id; <see langword="null"/> for JSON's null.</summary>
    /// <param name="reader">Stands on the property's name, and then on its value.</param>
    /// <param name="row">The row, see <see cref="InvalidRequestException.Path"/>.</param>
    /// <param name="mayBeOfRequest">Whether it may be one that <see cref="IdempotencyKey"/> has made, which obeys rules of its own.</param>
    public static string? EventId(ref Utf8JsonReader reader, int row, bool mayBeOfRequest)
    {
        const string field = nameof(Feedback.EventId);
        _ = reader.Read();
        return Text(ref reader, row, field, mayBeOfRequest ? FeedbackRules.MaxEventIdBytes : LeptonKey.MaxIdBytes, IdTooLong, known: null) switch
        {
            null => null,
            var id when mayBeOfRequest && IdempotencyKey.IsNamedByRequest(id) => id,
            "" => throw Invalid(row, field, "must not be empty"),
            var id when Encoding.UTF8.GetByteCount(id) > LeptonKey.MaxIdBytes => throw Invalid(row, field, IdTooLong),
            var id when id.AsSpan().ContainsAnyInRange('\0', '\x1F') => throw Invalid(row, field, "must not contain control characters"),
            var id => id,
        };
    }

    /// <summary>A comment; <see langword="null"/> for JSON's null.</summary>
    public static string? Comment(ref Utf8JsonReader reader, int row)
    {
        _ = reader.Read();
        var comment = Text(ref reader, row, "Comment", FeedbackRules.MaxCommentLength, CommentTooLong, known: null);
        return comment switch
        {
            null => null,
            { Length: > FeedbackRules.MaxCommentLength } => throw Invalid(row, "Comment", CommentTooLong),
            _ when comment.Contains('\0') => throw Invalid(row, "Comment", "must not contain the character NUL"),
            _ => comment,
        };
    }

    /// <summary>A truth value; <see langword="null"/> for JSON's null.</summary>
    public static bool? Boolean(ref Utf8JsonReader reader, int row, string field)
    {
        _ = reader.Read();
        return reader.TokenType switch
        {
            JsonTokenType.True => true,
            JsonTokenType.False => false,
            JsonTokenType.Null => null,
            _ => throw Invalid(row, field, "must be true or false"),
        };
    }

    /// <summary>A number; <see langword="null"/> for JSON's null.</summary>
    public static double? Number(ref Utf8JsonReader reader, int row, string field)
    {
        _ = reader.Read();
        return reader.TokenType switch
        {
            JsonTokenType.Null => null,
            JsonTokenType.Number when reader.TryGetDouble(out var value) => value,
            _ => throw Invalid(row, field, "must be a number"),
        };
    }

    /// <summary>A timestamp; <see langword="null"/> for null, the empty string, and the year 1, which is how Go says "no time".</summary>
    public static DateTime? Timestamp(ref Utf8JsonReader reader, int row)
    {
        _ = reader.Read();
        if (reader.TokenType == JsonTokenType.Null)
        {
            return null;
        }

        if (reader.TokenType != JsonTokenType.String || reader.ValueIsEscaped)
        {
            throw Invalid(row, "Timestamp", IsoTimestamp.Rule);
        }

        if (reader.ValueSpan.IsEmpty)
        {
            return null;
        }

        return IsoTimestamp.TryParse(reader.ValueSpan, out var timestamp)
            ? timestamp.Year == 1 ? null : timestamp
            : throw Invalid(row, "Timestamp", IsoTimestamp.Rule);
    }

    /// <summary>Checks that an item's timestamp is not further ahead than a feedback's may be.</summary>
    public static DateTime? NotFarAhead(DateTime? timestamp, int row, DateTime now) => timestamp > now + FeedbackRules.MaxAhead
        ? throw Invalid(row, "Timestamp", $"must be at most {FeedbackRules.MaxAhead.Days} days from now")
        : timestamp;

    /// <summary>Labels as compact JSON; <see langword="null"/> for JSON's null.</summary>
    public static string? Labels(ref Utf8JsonReader reader, int row, ReadOnlySpan<byte> utf8Json)
    {
        _ = reader.Read();
        if (reader.TokenType == JsonTokenType.Null)
        {
            return null;
        }

        var start = (int)reader.TokenStartIndex;
        reader.Skip();
        return LabelsJson.Compact(utf8Json[start..(int)reader.BytesConsumed], row);
    }

    /// <summary>Categories, each once, in their order; <see langword="null"/> for JSON's null.</summary>
    public static IReadOnlyList<string>? Categories(ref Utf8JsonReader reader, int row)
    {
        _ = reader.Read();
        if (reader.TokenType == JsonTokenType.Null)
        {
            return null;
        }

        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw Invalid(row, "Categories", "must be an array of strings");
        }

        var categories = new List<string>();
        for (var index = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; index++)
        {
            if (index == ItemRules.MaxCategories)
            {
                throw Invalid(row, "Categories", $"must not have more than {ItemRules.MaxCategories} entries");
            }

            var field = $"Categories[{index}]";
            var category = Text(ref reader, row, field, LeptonKey.MaxIdBytes, IdTooLong, known: null);
            if (LeptonKey.Violation(category) is { } rule)
            {
                throw Invalid(row, field, rule);
            }

            if (!categories.Contains(category!))
            {
                categories.Add(category!);
            }
        }

        return categories;
    }

    /// <summary>The exception for a row's field.</summary>
    public static InvalidRequestException Invalid(int row, string field, string rule) =>
        new(InvalidRequestException.Path(row, field), rule);

    // Stands on the value itself.
    private static string? Text(ref Utf8JsonReader reader, int row, string field, int max, string tooLong, string? known)
    {
        if (reader.TokenType == JsonTokenType.Null)
        {
            return null;
        }

        if (reader.TokenType != JsonTokenType.String)
        {
            throw Invalid(row, field, "must be a string");
        }

        if (reader.ValueSpan.Length > max * MaxEscape)
        {
            throw Invalid(row, field, tooLong);
        }

        if (known is not null && !reader.ValueIsEscaped && reader.ValueTextEquals(known))
        {
            return known;
        }

        try
        {
            return reader.GetString();
        }
        catch (InvalidOperationException)
        {
            throw Invalid(row, field, "must be valid Unicode");
        }
    }
}
