using System.Globalization;
using System.Text.Json;
using Lepton.Orleans.Silo.Apis.Problems;

namespace Lepton.Orleans.Silo.Apis.Bodies;

/// <summary>Reads a body that is one JSON object or an array of them, straight into rows.</summary>
/// <remarks>Whatever the bytes are, nothing but <see cref="InvalidRequestException"/> is thrown.</remarks>
internal static class JsonRows
{
    /// <summary>Reads one object; the reader stands on its opening brace and must be left on its closing one.</summary>
    /// <param name="reader">The reader.</param>
    /// <param name="utf8Json">The whole body, for fields that are kept as they were sent.</param>
    /// <param name="row">The row's index from 0, or -1 where the body is a single object.</param>
    public delegate T RowReader<out T>(ref Utf8JsonReader reader, ReadOnlySpan<byte> utf8Json, int row);

    /// <summary>Reads an array of objects.</summary>
    /// <param name="utf8Json">The body.</param>
    /// <param name="readRow">Reads a row.</param>
    /// <param name="maxRows">How many rows there may be; what comes after is not looked at.</param>
    /// <exception cref="InvalidRequestException">The body is not one, or a row breaks a rule.</exception>
    public static List<T> ReadArray<T>(ReadOnlySpan<byte> utf8Json, RowReader<T> readRow, int maxRows = int.MaxValue)
    {
        CheckNotEmpty(utf8Json);
        try
        {
            var reader = new Utf8JsonReader(utf8Json);
            _ = reader.Read();
            if (reader.TokenType != JsonTokenType.StartArray)
            {
                throw new InvalidRequestException("$", "must be a JSON array of objects");
            }

            var rows = new List<T>();
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                if (reader.TokenType != JsonTokenType.StartObject)
                {
                    throw new InvalidRequestException(InvalidRequestException.Path(rows.Count, ""), "must be a JSON object");
                }

                if (rows.Count == maxRows)
                {
                    throw new InvalidRequestException("$", string.Create(CultureInfo.InvariantCulture, $"must not have more than {maxRows} rows"));
                }

                rows.Add(readRow(ref reader, utf8Json, rows.Count));
            }

            _ = reader.Read(); // throws where something follows
            return rows;
        }
        catch (JsonException exception)
        {
            throw Malformed(exception);
        }
    }

    /// <summary>Reads a single object.</summary>
    /// <exception cref="InvalidRequestException">The body is not one, or a field breaks a rule.</exception>
    public static T ReadSingle<T>(ReadOnlySpan<byte> utf8Json, RowReader<T> readRow)
    {
        CheckNotEmpty(utf8Json);
        try
        {
            var reader = new Utf8JsonReader(utf8Json);
            _ = reader.Read();
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                throw new InvalidRequestException("$", "must be a JSON object");
            }

            var row = readRow(ref reader, utf8Json, -1);
            _ = reader.Read(); // throws where something follows
            return row;
        }
        catch (JsonException exception)
        {
            throw Malformed(exception);
        }
    }

    private static void CheckNotEmpty(ReadOnlySpan<byte> utf8Json)
    {
        if (utf8Json.IndexOfAnyExcept(" \t\r\n"u8) < 0)
        {
            throw new InvalidRequestException("$", "must not be empty");
        }
    }

    private static InvalidRequestException Malformed(JsonException exception)
    {
        var line = ((exception.LineNumber ?? 0) + 1).ToString(CultureInfo.InvariantCulture);
        var position = ((exception.BytePositionInLine ?? 0) + 1).ToString(CultureInfo.InvariantCulture);
        return new InvalidRequestException("$", $"must be well-formed JSON; it is not at line {line}, byte {position}");
    }
}
