using System.Text.Json;

namespace Lepton.Orleans.Silo.Apis.Responses;

/// <summary>Users, items, feedback and scores as JSON, in Gorse's field names.</summary>
internal static class RowWriter
{
    /// <summary>Writes a user.</summary>
    public static void Write(Utf8JsonWriter writer, User user)
    {
        writer.WriteStartObject();
        writer.WriteString("UserId"u8, user.UserId);
        WriteLabels(writer, user.LabelsJson);
        writer.WriteString("Comment"u8, user.Comment);
        writer.WriteEndObject();
    }

    /// <summary>Writes an item.</summary>
    public static void Write(Utf8JsonWriter writer, Item item)
    {
        writer.WriteStartObject();
        writer.WriteString("ItemId"u8, item.ItemId);
        writer.WriteBoolean("IsHidden"u8, item.IsHidden);
        writer.WriteStartArray("Categories"u8);
        foreach (var category in item.Categories)
        {
            writer.WriteStringValue(category);
        }

        writer.WriteEndArray();
        WriteTimestamp(writer, item.Timestamp);
        WriteLabels(writer, item.LabelsJson);
        writer.WriteString("Comment"u8, item.Comment);
        writer.WriteEndObject();
    }

    /// <summary>Writes a feedback.</summary>
    public static void Write(Utf8JsonWriter writer, Feedback feedback)
    {
        writer.WriteStartObject();
        writer.WriteString("FeedbackType"u8, feedback.FeedbackType);
        writer.WriteString("UserId"u8, feedback.UserId);
        writer.WriteString("ItemId"u8, feedback.ItemId);
        writer.WriteNumber("Value"u8, feedback.Value);
        WriteTimestamp(writer, feedback.Timestamp ?? default);
        writer.WriteString("Comment"u8, feedback.Comment);
        writer.WriteEndObject();
    }

    /// <summary>Writes an id with its score.</summary>
    public static void Write(Utf8JsonWriter writer, ScoredId scored)
    {
        writer.WriteStartObject();
        writer.WriteString("Id"u8, scored.Id);
        writer.WriteNumber("Score"u8, scored.Score);
        writer.WriteEndObject();
    }

    /// <summary>Writes an array.</summary>
    public static void WriteArray<T>(Utf8JsonWriter writer, IReadOnlyList<T> rows, Action<Utf8JsonWriter, T> write)
    {
        writer.WriteStartArray();
        foreach (var row in rows)
        {
            write(writer, row);
        }

        writer.WriteEndArray();
    }

    /// <summary>Writes a page: the cursor, and the entries under their name.</summary>
    public static void WritePage<T>(Utf8JsonWriter writer, string name, Page<T> page, Action<Utf8JsonWriter, T> write)
    {
        writer.WriteStartObject();
        writer.WriteString("Cursor"u8, page.Cursor);
        writer.WritePropertyName(name);
        WriteArray(writer, page.Entries, write);
        writer.WriteEndObject();
    }

    private static void WriteLabels(Utf8JsonWriter writer, string? labels)
    {
        writer.WritePropertyName("Labels"u8);
        if (labels is null)
        {
            writer.WriteNullValue();
            return;
        }

        writer.WriteRawValue(labels, skipInputValidation: true);
    }

    // An absent time is written as the year 1, which is how Gorse's clients know it.
    private static void WriteTimestamp(Utf8JsonWriter writer, DateTime timestamp) =>
        writer.WriteString("Timestamp"u8, DateTime.SpecifyKind(timestamp, DateTimeKind.Utc));
}
