using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;

namespace Lepton.Orleans.Silo.Security;

/// <summary>Knows which role a key has. Takes the same time whichever key is sent, so that timing tells nothing about them.</summary>
internal sealed class ApiKeyRing : IDisposable
{
    /// <summary>The header that carries the key.</summary>
    public const string Header = "X-API-Key";

    private const string Bearer = "Bearer ";
    private const string Basic = "Basic ";
    private const string BrowserChallenge = "Basic realm=\"Lepton: an API key as password\", charset=\"UTF-8\"";
    private const int MaxBasicBytes = 1024;

    private readonly IDisposable? subscription;
    private volatile Entry[] entries;

    /// <summary>Makes the ring; it follows changes of the configuration.</summary>
    public ApiKeyRing(IOptionsMonitor<ApiKeyOptions> options)
    {
        entries = Hash(options.CurrentValue);
        subscription = options.OnChange(changed =>
        {
            // Where keys were asked for at the start the address may be public: taking the last one away opens nothing.
            var next = Hash(changed);
            if (next.Length > 0 || entries.Length == 0)
            {
                entries = next;
            }
        });
    }

    /// <summary>Whether nobody needs a key.</summary>
    public bool IsEmpty => entries.Length == 0;

    /// <summary>The role of a key; <see langword="null"/> where there is no such key.</summary>
    public ApiRole? RoleOf(string? key)
    {
        if (string.IsNullOrEmpty(key))
        {
            return null;
        }

        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        _ = SHA256.HashData(Encoding.UTF8.GetBytes(key), hash);
        ApiRole? role = null;
        foreach (var entry in entries)
        {
            // No early exit: every entry is compared, in full.
            role = CryptographicOperations.FixedTimeEquals(hash, entry.Hash) ? entry.Role : role;
        }

        return role;
    }

    /// <summary>Refuses a request whose key does not have a role; where there are no keys, everyone has every role.</summary>
    /// <param name="context">The request.</param>
    /// <param name="needed">The role.</param>
    /// <param name="fromBrowser">Whether the key may come as a password that a browser has asked a person for.</param>
    /// <exception cref="AccessDeniedException">It has not.</exception>
    public void Demand(HttpContext context, ApiRole needed, bool fromBrowser = false)
    {
        if (IsEmpty)
        {
            return;
        }

        var role = RoleOf(KeyOf(context.Request) ?? (fromBrowser ? PasswordOf(context.Request) : null));
        if (role is null)
        {
            context.Response.Headers.WWWAuthenticate = fromBrowser ? BrowserChallenge : "ApiKey";
            throw new AccessDeniedException(
                StatusCodes.Status401Unauthorized, $"Send a key of {ApiKeyOptions.Section} in the header {Header}, or as a bearer token.");
        }

        if (role < needed)
        {
            throw new AccessDeniedException(
                StatusCodes.Status403Forbidden, $"The key has the role {Name(role.Value)}; this needs {Name(needed)}.");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => subscription?.Dispose();

    // What cannot send a header of ours, as Prometheus cannot, sends the usual one.
    private static string? KeyOf(HttpRequest request)
    {
        var key = request.Headers[Header];
        return key.Count == 0 && request.Headers.Authorization is [{ } value] && value.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase)
            ? value[Bearer.Length..].Trim()
            : (string?)key;
    }

    private static string? PasswordOf(HttpRequest request)
    {
        var decoded = new byte[MaxBasicBytes];
        if (request.Headers.Authorization is not [{ } value]
            || !value.StartsWith(Basic, StringComparison.OrdinalIgnoreCase)
            || !Convert.TryFromBase64String(value[Basic.Length..].Trim(), decoded, out var length))
        {
            return null;
        }

        var pair = Encoding.UTF8.GetString(decoded, 0, length);
        var separator = pair.IndexOf(':', StringComparison.Ordinal);
        return separator < 0 ? null : pair[(separator + 1)..];
    }

    private static Entry[] Hash(ApiKeyOptions options) =>
        [.. options.Keys.Select(key => new Entry(SHA256.HashData(Encoding.UTF8.GetBytes(key.Key)), key.ParsedRole ?? ApiRole.Metrics))];

    private static string Name(ApiRole role) => role switch
    {
        ApiRole.Admin => "admin",
        ApiRole.Write => "write",
        ApiRole.Read => "read",
        _ => "metrics",
    };

    private sealed record Entry(byte[] Hash, ApiRole Role);
}
