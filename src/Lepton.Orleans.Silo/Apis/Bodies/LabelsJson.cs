using System.Buffers;
using System.Buffers.Text;
using System.Text;
using System.Text.Unicode;

namespace Lepton.Orleans.Silo.Apis.Bodies;

/// <summary>Labels: any JSON, kept as it was sent but for the white space between its tokens.</summary>
internal static class LabelsJson
{
    /// <summary>The JSON without white space between tokens: names, numbers and escapes stay as they were written.</summary>
    /// <param name="json">One well-formed JSON value.</param>
    /// <param name="row">The row it belongs to.</param>
    /// <exception cref="Problems.InvalidRequestException">It is too large, or a string in it is not valid Unicode.</exception>
    public static string Compact(ReadOnlySpan<byte> json, int row)
    {
        if (!Utf8.IsValid(json))
        {
            throw JsonField.Invalid(row, "Labels", "must be valid Unicode");
        }

        var rented = ArrayPool<byte>.Shared.Rent(json.Length);
        try
        {
            var length = 0;
            while (!json.IsEmpty)
            {
                var token = json[0] == '"' ? StringLength(json, row) : 1;
                if (token > 1 || json[0] is not ((byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n'))
                {
                    json[..token].CopyTo(rented.AsSpan(length));
                    length += token;
                }

                json = json[token..];
            }

            return length <= JsonField.MaxLabelBytes
                ? Encoding.UTF8.GetString(rented, 0, length)
                : throw JsonField.Invalid(row, "Labels", $"must not be longer than {JsonField.MaxLabelBytes} bytes of compact JSON");
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    /// <summary>The length of the string that the JSON starts with, quotes included; checks that its escapes are Unicode.</summary>
    private static int StringLength(ReadOnlySpan<byte> json, int row)
    {
        var highSurrogate = false;
        var i = 1;
        while (json[i] != '"')
        {
            var unit = -1;
            if (json[i] != '\\')
            {
                i++;
            }
            else if (json[i + 1] != 'u')
            {
                i += 2;
            }
            else
            {
                _ = Utf8Parser.TryParse(json.Slice(i + 2, 4), out unit, out _, 'x');
                i += 6;
            }

            var low = unit is >= 0xDC00 and <= 0xDFFF;
            if (highSurrogate != low || unit == 0)
            {
                throw JsonField.Invalid(row, "Labels", unit == 0 ? "must not contain the character NUL" : "must be valid Unicode");
            }

            highSurrogate = unit is >= 0xD800 and <= 0xDBFF;
        }

        return highSurrogate ? throw JsonField.Invalid(row, "Labels", "must be valid Unicode") : i + 1;
    }
}
