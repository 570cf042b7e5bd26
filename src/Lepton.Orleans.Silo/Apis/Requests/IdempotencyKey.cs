using System.Globalization;
using Lepton.Orleans.Silo.Apis.Problems;

namespace Lepton.Orleans.Silo.Apis.Requests;

/// <summary>
/// The header <c>Idempotency-Key</c>: a caller's name for a request that it may send twice
/// (<see href="https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/">draft-ietf-httpapi-idempotency-key-header</see>).
/// </summary>
internal static class IdempotencyKey
{
    /// <summary>The header's name.</summary>
    public const string Header = "Idempotency-Key";

    private const int MaxLength = 255;
    private const char Mark = '\n'; // a row's own name has no control characters, so the two kinds never meet

    /// <summary>Whether a name was made from a request's key.</summary>
    public static bool IsNamedByRequest(string eventId) => eventId.StartsWith(Mark);

    /// <summary>Names each row by the request's key and its place, where the request has a key and the row no name of its own.</summary>
    /// <exception cref="InvalidRequestException">The key is empty, too long or given twice.</exception>
    public static void Name(List<Feedback> rows, HttpRequest request)
    {
        if (!request.Headers.TryGetValue(Header, out var keys))
        {
            return;
        }

        if (keys.Count != 1 || string.IsNullOrWhiteSpace(keys[0]) || keys[0]!.Length > MaxLength)
        {
            throw new InvalidRequestException(Header, $"must be one text of 1 to {MaxLength} characters");
        }

        for (var i = 0; i < rows.Count; i++)
        {
            rows[i] = rows[i].EventId is null ? rows[i] with { EventId = string.Create(CultureInfo.InvariantCulture, $"{Mark}{keys[0]}{Mark}{i}") } : rows[i];
        }
    }
}
