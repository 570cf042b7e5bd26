using System.Text;

namespace Lepton.Orleans.Cli.Records;

/// <summary>Splits a record into fields.</summary>
internal static class DelimitedFields
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Splits at a separator; quotes mean nothing.</summary>
    /// <param name="record">The record.</param>
    /// <param name="separator">One or more bytes.</param>
    /// <param name="fields">Cleared and filled.</param>
    /// <param name="encoding">How the bytes read; UTF-8 where absent.</param>
    /// <exception cref="BadFieldException">The text is not in its encoding.</exception>
    public static void Split(ReadOnlySpan<byte> record, ReadOnlySpan<byte> separator, List<string> fields, Encoding? encoding = null)
    {
        fields.Clear();
        while (true)
        {
            var end = record.IndexOf(separator);
            fields.Add(Decode(end < 0 ? record : record[..end], encoding ?? Strict));
            if (end < 0)
            {
                return;
            }

            record = record[(end + separator.Length)..];
        }
    }

    /// <summary>Splits as RFC 4180 says: a field may stand in quotes, and a quote in it is doubled.</summary>
    /// <param name="record">The record.</param>
    /// <param name="separator">The separator.</param>
    /// <param name="fields">Cleared and filled.</param>
    /// <exception cref="BadFieldException">Something follows a closing quote, a quoted field does not end, or the text is not UTF-8.</exception>
    public static void SplitQuoted(ReadOnlySpan<byte> record, byte separator, List<string> fields)
    {
        if (record.IndexOf((byte)'"') < 0)
        {
            Split(record, [separator], fields);
            return;
        }

        fields.Clear();
        while (true)
        {
            var length = record.StartsWith("\""u8) ? QuotedLength(record) : record.IndexOf(separator);
            var field = length < 0 ? record : record[..length];
            fields.Add(field.StartsWith("\""u8) ? Decode(field[1..^1], Strict).Replace("\"\"", "\"", StringComparison.Ordinal) : Decode(field, Strict));
            if (length < 0 || length == record.Length)
            {
                return;
            }

            if (record[length] != separator)
            {
                throw new BadFieldException("", "has text after a closing quote; a quote inside a quoted field is doubled");
            }

            record = record[(length + 1)..];
        }
    }

    private static int QuotedLength(ReadOnlySpan<byte> record)
    {
        for (var i = 1; i < record.Length; i++)
        {
            if (record[i] != '"')
            {
                continue;
            }

            if (i + 1 == record.Length || record[i + 1] != '"')
            {
                return i + 1;
            }

            i++;
        }

        throw new BadFieldException("", "has a quoted field that does not end");
    }

    private static string Decode(ReadOnlySpan<byte> bytes, Encoding encoding)
    {
        try
        {
            return encoding.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            throw new BadFieldException("", "is not valid UTF-8");
        }
    }
}
