using System.Text.Json;
using Lepton.Orleans.Silo.Apis.Problems;

namespace Lepton.Orleans.Silo.Apis.Bodies;

/// <summary>Reads an array of feedback from UTF-8 straight into rows, with no document in between, and checks every row.</summary>
internal static class FeedbackReader
{
    /// <summary>The user that rows of a session belong to: nobody stores them, so nobody needs to say.</summary>
    public const string SessionUser = "session";

    /// <summary>How many rows a session may have: lists are made from its newest hundred items.</summary>
    public const int MaxSessionRows = 1000;

    /// <summary>Reads a body.</summary>
    /// <param name="utf8Json">The body.</param>
    /// <param name="now">The clock, UTC.</param>
    /// <param name="isSession">Whether a row may leave out its user, as those of a session may.</param>
    /// <exception cref="InvalidRequestException">It is not an array of feedback, or a row breaks a rule: names the first.</exception>
    public static List<Feedback> Read(ReadOnlySpan<byte> utf8Json, DateTime now, bool isSession = false) =>
        JsonRows.ReadArray(utf8Json, Rows(now, isSession ? SessionUser : null, isMessage: false), isSession ? MaxSessionRows : int.MaxValue);

    /// <summary>Reads a message: one feedback, or an array of them.</summary>
    /// <param name="utf8Json">The message.</param>
    /// <param name="now">The clock, UTC.</param>
    /// <param name="user">Whose rows are that name no user; <see langword="null"/>: every row has to.</param>
    /// <param name="likelyType">The type of the message before, which the first row is likely to share.</param>
    /// <exception cref="InvalidRequestException">It is neither, or a row breaks a rule: names the first.</exception>
    public static IReadOnlyList<Feedback> ReadMessage(ReadOnlySpan<byte> utf8Json, DateTime now, string? user, string? likelyType = null) =>
        utf8Json.TrimStart(" \t\r\n"u8) is [(byte)'{', ..]
            ? new[] { JsonRows.ReadSingle(utf8Json, Rows(now, user, isMessage: true, likelyType)) }
            : JsonRows.ReadArray(utf8Json, Rows(now, user, isMessage: true, likelyType));

    private static JsonRows.RowReader<Feedback> Rows(DateTime now, string? user, bool isMessage, string? likelyType = null)
    {
        var lastType = likelyType;
        string? lastUser = null;
        return (ref Utf8JsonReader reader, ReadOnlySpan<byte> _, int row) =>
        {
            var feedback = ReadRow(ref reader, row, lastType, lastUser ?? user, user, isMessage);
            if (FeedbackRules.Violation(feedback, now) is { } violation)
            {
                throw JsonField.Invalid(row, violation.Field, violation.Rule);
            }

            lastType = feedback.FeedbackType;
            lastUser = feedback.UserId;
            return feedback;
        };
    }

    private static Feedback ReadRow(ref Utf8JsonReader reader, int row, string? lastType, string? lastUser, string? absentUser, bool isMessage)
    {
        string? type = null;
        string? user = null;
        string? item = null;
        string? comment = null;
        string? eventId = null;
        double? value = null;
        DateTime? timestamp = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (JsonField.Is(ref reader, "FeedbackType"u8))
            {
                type = JsonField.Id(ref reader, row, nameof(Feedback.FeedbackType), lastType);
            }
            else if (JsonField.Is(ref reader, "UserId"u8))
            {
                user = JsonField.Id(ref reader, row, nameof(Feedback.UserId), lastUser);
            }
            else if (JsonField.Is(ref reader, "ItemId"u8))
            {
                item = JsonField.Id(ref reader, row, nameof(Feedback.ItemId));
            }
            else if (JsonField.Is(ref reader, "Timestamp"u8))
            {
                timestamp = JsonField.Timestamp(ref reader, row);
            }
            else if (JsonField.Is(ref reader, "Value"u8))
            {
                value = JsonField.Number(ref reader, row, nameof(Feedback.Value));
            }
            else if (JsonField.Is(ref reader, "Comment"u8))
            {
                comment = JsonField.Comment(ref reader, row);
            }
            else if (JsonField.Is(ref reader, "EventId"u8))
            {
                eventId = JsonField.EventId(ref reader, row, mayBeOfRequest: isMessage);
            }
            else
            {
                reader.Skip();
            }
        }

        // What is missing is caught by the rules, which need the row.
        return new Feedback
        {
            FeedbackType = type!,
            UserId = string.IsNullOrEmpty(user) && absentUser is not null ? absentUser : user!,
            ItemId = item!,
            Value = value ?? 0,
            Timestamp = timestamp,
            Comment = comment ?? "",
            EventId = eventId,
        };
    }
}
