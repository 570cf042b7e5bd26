using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Lepton.Orleans.Grains.Events;
using Lepton.Orleans.Silo.Apis.Responses;
using Lepton.Orleans.Silo.Streams;

namespace Lepton.Orleans.Silo.Events;

/// <summary>Writes events as JSON; what the fields mean is in docs/kafka.md. A change that readers may trip over is another <see cref="Schema"/>.</summary>
internal static class EventWriter
{
    /// <summary>The schema that is written.</summary>
    public const int Schema = 1;

    // There are no scenarios to choose from yet: this is what the API calls the list.
    private const string Scenario = "recommend";

    /// <summary>Feedback, as one event or, where it is much, as several in its order.</summary>
    /// <param name="tenant">The tenant.</param>
    /// <param name="userId">The user.</param>
    /// <param name="rows">The feedback.</param>
    /// <param name="at">When it happened, where its rows do not say.</param>
    /// <param name="overwrite">Whether it replaces what was there.</param>
    /// <param name="changed">How many rows changed something; <see langword="null"/> where that is not known.</param>
    /// <param name="message">The message of <c>lepton.feedback</c> that it came in; <see langword="null"/> for none.</param>
    /// <param name="source">Which topic that message stands in.</param>
    /// <param name="firstPart">How many events tell of users that stand before this one in that message.</param>
    public static List<byte[]> FeedbackAccepted(
        string tenant, string userId, ReadOnlyMemory<Feedback> rows, DateTimeOffset at, bool overwrite, int? changed, FeedbackMessage? message = null, uint source = 0, int firstPart = 0)
    {
        var events = new List<byte[]>(1);
        for (var next = 0; next < rows.Length;)
        {
            events.Add(Write(EventKind.FeedbackAccepted, IdOf(message, source, firstPart + events.Count), tenant, at, writer =>
            {
                writer.WriteString("UserId"u8, userId);
                writer.WriteBoolean("Overwrite"u8, overwrite);
                if (changed is { } count && events.Count == 0)
                {
                    writer.WriteNumber("Changed"u8, count);
                }

                if (message is not null)
                {
                    writer.WriteNumber("Partition"u8, message.Partition);
                    writer.WriteNumber("Offset"u8, message.Offset);
                }

                writer.WriteStartArray("Feedback"u8);
                next = FeedbackMessageWriter.WriteRows(writer, rows.Span, next);
                writer.WriteEndArray();
            }));
        }

        return events;
    }

    /// <summary>A list with the reasons for its places.</summary>
    public static byte[] ListServed(ServedList served)
    {
        var list = served.Explain();
        return Write(EventKind.ListServed, NewId(), served.Tenant, served.At, writer =>
        {
            writer.WriteString("UserId"u8, served.UserId);
            writer.WriteString("Scenario"u8, Scenario);
            if (served.Request.Category is { } category)
            {
                writer.WriteString("Category"u8, category);
            }

            writer.WriteNumber("Count"u8, served.Request.Count);
            writer.WriteNumber("Offset"u8, served.Request.Offset);
            writer.WriteNumber("UserVersion"u8, list.UserVersion);
            writer.WriteNumber("ModelVersion"u8, list.ModelVersion);
            writer.WriteNumber("CatalogVersion"u8, list.CatalogVersion);
            writer.WriteStartArray("Items"u8);
            foreach (var place in list.Items)
            {
                Write(writer, place);
            }

            writer.WriteEndArray();
        });
    }

    /// <summary>An item as it is now.</summary>
    public static byte[] ItemChanged(string tenant, Item item, DateTimeOffset at) => Write(EventKind.ItemChanged, NewId(), tenant, at, writer =>
    {
        writer.WriteString("ItemId"u8, item.ItemId);
        writer.WriteBoolean("IsDeleted"u8, false);
        writer.WritePropertyName("Item"u8);
        RowWriter.Write(writer, item);
    });

    /// <summary>An item that is not there any more.</summary>
    public static byte[] ItemDeleted(string tenant, string itemId, DateTimeOffset at) => Write(EventKind.ItemChanged, NewId(), tenant, at, writer =>
    {
        writer.WriteString("ItemId"u8, itemId);
        writer.WriteBoolean("IsDeleted"u8, true);
    });

    /// <summary>A user that is not there any more.</summary>
    public static byte[] UserErased(string tenant, string userId, DateTimeOffset at) => Write(EventKind.UserErased, NewId(), tenant, at, writer =>
        writer.WriteString("UserId"u8, userId));

    private static void Write(Utf8JsonWriter writer, Recommendation place)
    {
        writer.WriteStartObject();
        writer.WriteString("ItemId"u8, place.ItemId);
        writer.WriteNumber("Score"u8, place.Score);
        writer.WriteStartArray("Reasons"u8);
        foreach (var reason in place.Reasons)
        {
            writer.WriteStartObject();
            writer.WriteString("Source"u8, reason.Source);
            writer.WriteNumber("Contribution"u8, reason.Contribution);
            if (reason.SeedItemId is { } seed)
            {
                writer.WriteString("SeedItemId"u8, seed);
            }

            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static byte[] Write(EventKind kind, string id, string tenant, DateTimeOffset at, Action<Utf8JsonWriter> writeRest)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using var writer = new Utf8JsonWriter(buffer, JsonResponse.WriterOptions);
        writer.WriteStartObject();
        writer.WriteNumber("Schema"u8, Schema);
        writer.WriteString("Type"u8, Enum.GetName(kind));
        writer.WriteString("Id"u8, id);
        writer.WriteString("Time"u8, at.UtcDateTime);
        writer.WriteString("Tenant"u8, tenant);
        writeRest(writer);
        writer.WriteEndObject();
        writer.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    // What is told again because its message was read again has the id that it had.
    private static string IdOf(FeedbackMessage? message, uint source, int part) => message is null
        ? NewId()
        : string.Create(CultureInfo.InvariantCulture, $"{source:x8}-{message.Partition}-{message.Offset}-{part}");

    private static string NewId() => Guid.CreateVersion7().ToString("N");
}
