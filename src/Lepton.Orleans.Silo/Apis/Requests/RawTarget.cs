using System.Text;
using Lepton.Orleans.Silo.Apis.Problems;

namespace Lepton.Orleans.Silo.Apis.Requests;

/// <summary>Reads the segments of a request's path from its raw target, each percent-decoded exactly once.</summary>
/// <remarks>
/// The server decodes a path as a whole: it leaves <c>%2F</c> as it is, so that a slash and a literal <c>%2F</c> (sent as
/// <c>%252F</c>) look alike afterwards, and it resolves <c>%2E%2E</c> as if it were a step up. Ids may be <c>..</c> and may
/// contain <c>%2F</c>, so they are read here instead.
/// </remarks>
internal static class RawTarget
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Whether the server's own reading of a target is already exact: it has nothing to decode and no dot segments.</summary>
    public static bool IsPlain(string target)
    {
        var path = PathOf(target);
        return target.StartsWith('/') && !path.Contains('%') && !path.Contains("/.", StringComparison.Ordinal);
    }

    /// <summary>The path of a target with each segment decoded; no segment contains a slash, so the slashes are the separators.</summary>
    /// <exception cref="InvalidRequestException">A segment contains an encoded slash or is not percent-encoded UTF-8.</exception>
    public static string Decode(string target)
    {
        var path = PathOf(target);
        var decoded = new StringBuilder(path.Length);
        foreach (var range in path.Split('/'))
        {
            var segment = path[range];
            if (range.Start.Value > 0)
            {
                decoded.Append('/');
            }

            decoded.Append(segment.Contains('%') ? DecodeSegment(segment) : segment);
        }

        return decoded.ToString();
    }

    private static string DecodeSegment(ReadOnlySpan<char> segment)
    {
        var bytes = new byte[segment.Length];
        var length = 0;
        for (var i = 0; i < segment.Length; i++)
        {
            if (segment[i] != '%')
            {
                bytes[length++] = (byte)segment[i]; // request lines are ASCII
                continue;
            }

            if (i + 2 >= segment.Length || !char.IsAsciiHexDigit(segment[i + 1]) || !char.IsAsciiHexDigit(segment[i + 2]))
            {
                throw new InvalidRequestException("path", "must have two hexadecimal digits after each '%'");
            }

            bytes[length++] = Convert.FromHexString(segment.Slice(i + 1, 2))[0];
            i += 2;
        }

        if (bytes.AsSpan(0, length).Contains((byte)'/'))
        {
            throw new InvalidRequestException("path", "must not contain an encoded '/': ids must not contain '/'");
        }

        try
        {
            return Utf8.GetString(bytes, 0, length);
        }
        catch (DecoderFallbackException)
        {
            throw new InvalidRequestException("path", "must be percent-encoded UTF-8");
        }
    }

    private static ReadOnlySpan<char> PathOf(string target)
    {
        var path = target.AsSpan();
        var query = path.IndexOf('?');
        path = query < 0 ? path : path[..query];
        var authority = path.IndexOf("://", StringComparison.Ordinal);
        if (path.Length > 0 && path[0] != '/' && authority >= 0)
        {
            // absolute form, as proxies send it: http://host/path
            path = path[(authority + 3)..];
            var slash = path.IndexOf('/');
            return slash < 0 ? "/" : path[slash..];
        }

        return path;
    }
}
