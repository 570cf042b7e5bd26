using System.Globalization;

namespace Lepton.Orleans.Cli.Records;

/// <summary>Reads times, numbers and truth values from text.</summary>
internal static class FieldValues
{
    /// <summary>What a timestamp may look like.</summary>
    public const string TimestampRule = "must be a time such as 2024-05-01T18:30:00Z, or seconds or milliseconds since 1970";

    // Beyond this a count of seconds would be in the year 5138, so it is one of milliseconds.
    private const double MostSeconds = 1e11;

    /// <summary>A time, UTC, in whole milliseconds; <see langword="null"/> for nothing and for the year 1, which stands for no time.</summary>
    /// <exception cref="BadFieldException">It is not a time.</exception>
    public static DateTime? Timestamp(string text, string field = "Timestamp")
    {
        text = text.Trim();
        if (text.Length == 0)
        {
            return null;
        }

        // Times such as 01/02/2024 mean different days in different countries.
        if (text.Length >= 10 && text[4] == '-'
            && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time))
        {
            return time.Year == 1 ? null : WholeMilliseconds(time.UtcDateTime);
        }

        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            ? FromUnix(number, field)
            : throw new BadFieldException(field, TimestampRule);
    }

    /// <summary>A time given in seconds or milliseconds since 1970.</summary>
    /// <exception cref="BadFieldException">It is beyond the calendar.</exception>
    public static DateTime FromUnix(double number, string field = "Timestamp")
    {
        var milliseconds = Math.Abs(number) < MostSeconds ? number * 1000 : number;
        return milliseconds is > -6e13 and < 2.5e14
            ? DateTime.UnixEpoch.AddTicks((long)Math.Round(milliseconds) * TimeSpan.TicksPerMillisecond)
            : throw new BadFieldException(field, TimestampRule);
    }

    /// <summary>A number.</summary>
    /// <exception cref="BadFieldException">It is not one.</exception>
    public static double Number(string text, string field) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number)
            ? number
            : throw new BadFieldException(field, "must be a number, with a point before decimals");

    /// <summary>True or false; nothing is false.</summary>
    /// <exception cref="BadFieldException">It is neither.</exception>
    public static bool Truth(string text, string field) => text.Trim().ToUpperInvariant() switch
    {
        "TRUE" or "1" or "YES" => true,
        "FALSE" or "0" or "NO" or "" => false,
        _ => throw new BadFieldException(field, "must be true or false"),
    };

    private static DateTime WholeMilliseconds(DateTime time) => new(time.Ticks - (time.Ticks % TimeSpan.TicksPerMillisecond), DateTimeKind.Utc);
}
