using System.Text;

namespace Lepton.Orleans;

/// <summary>The rules that feedback obeys wherever it enters: REST, an Orleans client or a stream.</summary>
public static class FeedbackRules
{
    /// <summary>The longest comment, in characters.</summary>
    public const int MaxCommentLength = 4096;

    /// <summary>The longest name of an event, in UTF-8 bytes.</summary>
    public const int MaxEventIdBytes = 1024;

    /// <summary>How far ahead of the clock a timestamp may be: clocks differ, and write-back may be delayed.</summary>
    public static readonly TimeSpan MaxAhead = TimeSpan.FromDays(366);

    /// <summary>The earliest timestamp that can be kept.</summary>
    public static readonly DateTime Earliest = DateTime.UnixEpoch;

    /// <summary>Says what is wrong with a feedback: the field and the rule it breaks, or <see langword="null"/>.</summary>
    /// <param name="feedback">The feedback.</param>
    /// <param name="now">The clock, UTC.</param>
    public static (string Field, string Rule)? Violation(Feedback feedback, DateTime now)
    {
        ArgumentNullException.ThrowIfNull(feedback);
        if (LeptonKey.Violation(feedback.FeedbackType) is { } type)
        {
            return (nameof(Feedback.FeedbackType), type);
        }

        if (LeptonKey.Violation(feedback.UserId) is { } user)
        {
            return (nameof(Feedback.UserId), user);
        }

        if (LeptonKey.Violation(feedback.ItemId) is { } item)
        {
            return (nameof(Feedback.ItemId), item);
        }

        if (!float.IsFinite((float)feedback.Value))
        {
            return (nameof(Feedback.Value), "must be a finite number of at most 3.4e38");
        }

        if (feedback.Timestamp is { } timestamp && (timestamp < Earliest || timestamp > now + MaxAhead))
        {
            return (nameof(Feedback.Timestamp), $"must be between {Earliest:yyyy-MM-dd} and {MaxAhead.Days} days from now");
        }

        if (feedback.EventId is { } name && (name.Length is 0 or > MaxEventIdBytes || Encoding.UTF8.GetByteCount(name) > MaxEventIdBytes))
        {
            return (nameof(Feedback.EventId), $"must have 1 to {MaxEventIdBytes} UTF-8 bytes");
        }

        return (feedback.Comment ?? "").Length > MaxCommentLength
            ? (nameof(Feedback.Comment), $"must not be longer than {MaxCommentLength} characters")
            : null;
    }
}
