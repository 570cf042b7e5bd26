using System.Buffers;
using System.Text.Json;
using Lepton.Orleans.Silo.Apis.Responses;

namespace Lepton.Orleans.Silo.Streams;

/// <summary>Writes feedback as messages hold it: arrays of rows in the field names of the REST API, without the user, whom the key names.</summary>
internal static class FeedbackMessageWriter
{
    /// <summary>From how many bytes on an array is ended and another one begun: with its last row it stays far below the megabyte that brokers take.</summary>
    public const int FullBytes = 256 * 1024;

    /// <summary>Writes rows of one user, as one message or, where they are many, as several in their order.</summary>
    public static List<byte[]> Write(ReadOnlySpan<Feedback> rows)
    {
        var messages = new List<byte[]>(1);
        for (var next = 0; next < rows.Length;)
        {
            var buffer = new ArrayBufferWriter<byte>(256);
            using var writer = new Utf8JsonWriter(buffer, JsonResponse.WriterOptions);
            writer.WriteStartArray();
            next = WriteRows(writer, rows, next);
            writer.WriteEndArray();
            writer.Flush();
            messages.Add(buffer.WrittenSpan.ToArray());
        }

        return messages;
    }

    /// <summary>Writes rows from one on, until they are many or there are no more.</summary>
    /// <returns>The first row that is not written.</returns>
    public static int WriteRows(Utf8JsonWriter writer, ReadOnlySpan<Feedback> rows, int first)
    {
        // Of the rows alone: what is written before them may have another length the next time.
        var (next, start) = (first, writer.BytesCommitted + writer.BytesPending);
        while (next < rows.Length && (next == first || writer.BytesCommitted + writer.BytesPending - start < FullBytes))
        {
            Write(writer, rows[next++]);
        }

        return next;
    }

    private static void Write(Utf8JsonWriter writer, Feedback row)
    {
        writer.WriteStartObject();
        writer.WriteString("FeedbackType"u8, row.FeedbackType);
        writer.WriteString("ItemId"u8, row.ItemId);
        writer.WriteNumber("Value"u8, row.Value);
        if (row.Timestamp is { } timestamp)
        {
            writer.WriteString("Timestamp"u8, DateTime.SpecifyKind(timestamp, DateTimeKind.Utc));
        }

        if (row.Comment.Length > 0)
        {
            writer.WriteString("Comment"u8, row.Comment);
        }

        if (row.EventId is { } name)
        {
            writer.WriteString("EventId"u8, name);
        }

        writer.WriteEndObject();
    }
}
