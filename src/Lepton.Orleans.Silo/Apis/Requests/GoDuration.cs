using System.Buffers;
using System.Globalization;

namespace Lepton.Orleans.Silo.Apis.Requests;

/// <summary>Durations as Gorse's clients write them: <c>10m</c>, <c>1h30m</c>, <c>1.5s</c>, or a plain number of seconds.</summary>
internal static class GoDuration
{
    /// <summary>The rule, for a person.</summary>
    public static readonly string Rule =
        $"must be a duration such as 10m, 1h30m or 90 (seconds), not negative and at most {FeedbackRules.MaxAhead.Days} days";

    private static readonly SearchValues<char> NumberCharacters = SearchValues.Create("0123456789.");

    /// <summary>Reads a duration between zero and <see cref="FeedbackRules.MaxAhead"/>.</summary>
    /// <returns>False: the text is not one.</returns>
    public static bool TryParse(ReadOnlySpan<char> text, out TimeSpan duration)
    {
        duration = default;
        if (text.Length > 0 && text[0] == '+')
        {
            text = text[1..];
        }

        if (text.IsEmpty)
        {
            return false;
        }

        var seconds = 0.0;
        if (!Number(ref text, out var number))
        {
            return false;
        }

        if (text.IsEmpty)
        {
            seconds = number; // no unit at all: seconds
        }
        else
        {
            while (true)
            {
                if (!Unit(ref text, out var unit))
                {
                    return false;
                }

                seconds += number * unit;
                if (text.IsEmpty)
                {
                    break;
                }

                if (!Number(ref text, out number))
                {
                    return false;
                }
            }
        }

        if (seconds > FeedbackRules.MaxAhead.TotalSeconds)
        {
            return false;
        }

        duration = TimeSpan.FromSeconds(seconds);
        return true;
    }

    private static bool Number(ref ReadOnlySpan<char> text, out double number)
    {
        var length = text.IndexOfAnyExcept(NumberCharacters);
        var digits = length < 0 ? text : text[..length];
        text = text[digits.Length..];
        return double.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out number);
    }

    private static bool Unit(ref ReadOnlySpan<char> text, out double seconds)
    {
        var length = text.IndexOfAny(NumberCharacters);
        var unit = length < 0 ? text : text[..length];
        text = text[unit.Length..];
        seconds = unit switch
        {
            "h" => 3600,
            "m" => 60,
            "s" => 1,
            "ms" => 1e-3,
            "us" or "µs" or "μs" => 1e-6,
            "ns" => 1e-9,
            _ => double.NaN,
        };
        return !double.IsNaN(seconds);
    }
}
