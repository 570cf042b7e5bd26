using System.Text.Json;

namespace Lepton.Orleans.Cli.Records;

/// <summary>One row to import: an item, a user or a feedback.</summary>
internal readonly struct Row
{
    private readonly object _document;

    private Row(RowKind kind, object document)
    {
        Kind = kind;
        _document = document;
    }

    /// <summary>What it is.</summary>
    public RowKind Kind { get; }

    /// <summary>The id whose rows have to stay in their order: the item's, or the user's.</summary>
    public string OrderKey => _document switch
    {
        Feedback feedback => feedback.UserId,
        User user => user.UserId,
        var item => ((Item)item).ItemId,
    };

    /// <summary>A row that is an item.</summary>
    public static Row Of(Item item) => new(RowKind.Item, item);

    /// <summary>A row that is a user.</summary>
    public static Row Of(User user) => new(RowKind.User, user);

    /// <summary>A row that is a feedback.</summary>
    public static Row Of(Feedback feedback) => new(RowKind.Feedback, feedback);

    /// <summary>The row with a time where it is a feedback that has none.</summary>
    public Row WithTimestamp(DateTime timestamp) =>
        _document is Feedback { Timestamp: null } feedback ? Of(feedback with { Timestamp = timestamp }) : this;

    /// <summary>Throws where the row breaks a rule of the service: better here, with its line, than as a part of a batch.</summary>
    /// <param name="now">The clock, UTC.</param>
    /// <exception cref="BadFieldException">Names field and rule.</exception>
    public void Check(DateTime now)
    {
        switch (_document)
        {
            case Feedback feedback:
                if (FeedbackRules.Violation(feedback, now) is { } violation)
                {
                    throw new BadFieldException(violation.Field, violation.Rule);
                }

                break;
            case User user:
                CheckId(user.UserId, nameof(User.UserId));
                CheckComment(user.Comment);
                break;
            case Item item:
                CheckId(item.ItemId, nameof(Item.ItemId));
                CheckComment(item.Comment);
                foreach (var category in item.Categories)
                {
                    CheckId(category, nameof(Item.Categories));
                }

                break;
        }
    }

    /// <summary>Writes the document that the service takes.</summary>
    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        switch (_document)
        {
            case Feedback feedback:
                json.WriteString("FeedbackType"u8, feedback.FeedbackType);
                json.WriteString("UserId"u8, feedback.UserId);
                json.WriteString("ItemId"u8, feedback.ItemId);
                json.WriteNumber("Value"u8, feedback.Value);
                if (feedback.Timestamp is { } timestamp)
                {
                    json.WriteString("Timestamp"u8, timestamp);
                }

                WriteComment(json, feedback.Comment);
                break;
            case User user:
                json.WriteString("UserId"u8, user.UserId);
                WriteLabels(json, user.LabelsJson);
                WriteComment(json, user.Comment);
                break;
            case Item item:
                WriteItem(json, item);
                break;
        }

        json.WriteEndObject();
    }

    private static void WriteItem(Utf8JsonWriter json, Item item)
    {
        json.WriteString("ItemId"u8, item.ItemId);
        if (item.IsHidden)
        {
            json.WriteBoolean("IsHidden"u8, true);
        }

        json.WriteStartArray("Categories"u8);
        foreach (var category in item.Categories)
        {
            json.WriteStringValue(category);
        }

        json.WriteEndArray();
        if (item.Timestamp != default)
        {
            json.WriteString("Timestamp"u8, item.Timestamp);
        }

        WriteLabels(json, item.LabelsJson);
        WriteComment(json, item.Comment);
    }

    private static void WriteLabels(Utf8JsonWriter json, string? labels)
    {
        if (labels is not null)
        {
            json.WritePropertyName("Labels"u8);
            json.WriteRawValue(labels, skipInputValidation: true);
        }
    }

    private static void WriteComment(Utf8JsonWriter json, string comment)
    {
        if (comment.Length > 0)
        {
            json.WriteString("Comment"u8, comment);
        }
    }

    private static void CheckId(string id, string field)
    {
        if (LeptonKey.Violation(id) is { } rule)
        {
            throw new BadFieldException(field, rule);
        }
    }

    private static void CheckComment(string comment)
    {
        if (comment.Length > FeedbackRules.MaxCommentLength)
        {
            throw new BadFieldException("Comment", $"must not be longer than {FeedbackRules.MaxCommentLength} characters");
        }
    }
}
