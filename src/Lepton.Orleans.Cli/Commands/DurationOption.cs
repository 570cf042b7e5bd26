using System.CommandLine;
using System.Globalization;

namespace Lepton.Orleans.Cli.Commands;

/// <summary>Options that are lengths of time: a number and its unit, <c>90s</c>, <c>10m</c> or <c>2h</c>.</summary>
internal static class DurationOption
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(7);

    /// <summary>Takes lengths of time of more than nothing, up to a week.</summary>
    public static void AcceptDuration(this Option<TimeSpan?> option) => option.CustomParser = result =>
    {
        if (result.Tokens is not [var token])
        {
            return null;
        }

        if (Read(token.Value) is { } duration && duration > TimeSpan.Zero && duration <= Longest)
        {
            return duration;
        }

        result.AddError($"{option.Name} must be a length of time up to a week, such as 90s, 10m or 2h, not '{token.Value}'.");
        return null;
    };

    private static TimeSpan? Read(string text)
    {
        var seconds = text.Length == 0 ? 0 : text[^1] switch { 's' => 1, 'm' => 60, 'h' => 3600, _ => 0 };
        return seconds > 0 && double.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var count)
            && count * seconds <= Longest.TotalSeconds
            ? TimeSpan.FromSeconds(count * seconds)
            : null;
    }
}
