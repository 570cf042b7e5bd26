using System.Buffers.Text;

namespace Lepton.Orleans.Silo.Apis.Requests;

/// <summary>Timestamps as requests may write them: ISO 8601 with a zone (<c>2024-02-29T10:00:00Z</c>, <c>…+02:00</c>) or without (UTC), or a date alone.</summary>
internal static class IsoTimestamp
{
    /// <summary>The rule, for a person.</summary>
    public const string Rule = "must be an ISO 8601 date, or a date and time (UTC where no zone is given), such as 2024-02-29 or 2024-02-29T10:00:00Z";

    private const int MaxFraction = 9;

    /// <summary>Reads a timestamp.</summary>
    /// <param name="text">UTF-8 without quotes.</param>
    /// <param name="timestamp">UTC, cut to the millisecond.</param>
    /// <returns>False: the text is not one.</returns>
    public static bool TryParse(ReadOnlySpan<byte> text, out DateTime timestamp)
    {
        timestamp = default;
        if (!Digits(ref text, 4, out var year) || !Skip(ref text, '-')
            || !Digits(ref text, 2, out var month) || !Skip(ref text, '-') || !Digits(ref text, 2, out var day)
            || year < 1 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month))
        {
            return false;
        }

        var date = new DateTime(year, month, day, 0, 0, 0, DateTimeKind.Utc);
        if (text.IsEmpty)
        {
            timestamp = date;
            return true;
        }

        if (text[0] is not ((byte)'T' or (byte)'t' or (byte)' '))
        {
            return false;
        }

        text = text[1..];
        if (!Time(ref text, out var time) || !Zone(ref text, out var offset) || !text.IsEmpty)
        {
            return false;
        }

        var ticks = date.Ticks + time.Ticks - offset.Ticks;
        if (ticks < 0 || ticks > DateTime.MaxValue.Ticks)
        {
            return false;
        }

        timestamp = new DateTime(ticks - (ticks % TimeSpan.TicksPerMillisecond), DateTimeKind.Utc);
        return true;
    }

    private static bool Time(ref ReadOnlySpan<byte> text, out TimeSpan time)
    {
        time = default;
        if (!Digits(ref text, 2, out var hour) || !Skip(ref text, ':') || !Digits(ref text, 2, out var minute) || hour > 23 || minute > 59)
        {
            return false;
        }

        var second = 0;
        if (Skip(ref text, ':') && (!Digits(ref text, 2, out second) || second > 59))
        {
            return false;
        }

        time = new TimeSpan(hour, minute, second);
        return !Skip(ref text, '.') || Fraction(ref text, ref time);
    }

    private static bool Fraction(ref ReadOnlySpan<byte> text, ref TimeSpan time)
    {
        var digits = 0;
        var milliseconds = 0;
        for (; digits < text.Length && text[digits] is >= (byte)'0' and <= (byte)'9'; digits++)
        {
            if (digits < 3)
            {
                milliseconds = (milliseconds * 10) + text[digits] - '0';
            }
        }

        for (var missing = digits; missing < 3; missing++)
        {
            milliseconds *= 10;
        }

        text = text[digits..];
        time += TimeSpan.FromMilliseconds(milliseconds);
        return digits is > 0 and <= MaxFraction;
    }

    private static bool Zone(ref ReadOnlySpan<byte> text, out TimeSpan offset)
    {
        offset = default;

        // Python's isoformat() leaves it out, and Gorse takes that.
        if (text.IsEmpty || Skip(ref text, 'Z') || Skip(ref text, 'z'))
        {
            return true;
        }

        var sign = Skip(ref text, '+') ? 1 : Skip(ref text, '-') ? -1 : 0;
        if (sign == 0 || !Digits(ref text, 2, out var hours))
        {
            return false;
        }

        var minutes = 0;
        if (!text.IsEmpty)
        {
            _ = Skip(ref text, ':');
            if (!Digits(ref text, 2, out minutes))
            {
                return false;
            }
        }

        offset = sign * new TimeSpan(hours, minutes, 0);
        return hours <= 18 && minutes <= 59;
    }

    private static bool Digits(ref ReadOnlySpan<byte> text, int count, out int value)
    {
        value = 0;
        if (text.Length < count || text[..count].ContainsAnyExceptInRange((byte)'0', (byte)'9'))
        {
            return false;
        }

        _ = Utf8Parser.TryParse(text[..count], out value, out _);
        text = text[count..];
        return true;
    }

    private static bool Skip(ref ReadOnlySpan<byte> text, char expected)
    {
        if (text.IsEmpty || text[0] != expected)
        {
            return false;
        }

        text = text[1..];
        return true;
    }
}
