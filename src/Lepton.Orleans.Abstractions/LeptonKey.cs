using System.Text;

namespace Lepton.Orleans;

/// <summary>Grain keys, <c>tenant/id</c>, and the rule that every id in Lepton obeys.</summary>
public static class LeptonKey
{
    /// <summary>The tenant that requests belong to when nobody names one.</summary>
    public const string DefaultTenant = "default";

    /// <summary>The longest id, in UTF-8 bytes.</summary>
    public const int MaxIdBytes = 256;

    /// <summary>Says what is wrong with an id: the rule it breaks, or <see langword="null"/> for a valid id.</summary>
    /// <param name="id">Any string; ids in every script, with spaces, quotes or <c>%</c> are valid.</param>
    /// <returns>A sentence without a subject ("must not be empty"), or <see langword="null"/>.</returns>
    public static string? Violation(string? id)
    {
        if (string.IsNullOrEmpty(id))
        {
            return "must not be empty";
        }

        if (id.Length > MaxIdBytes || Encoding.UTF8.GetByteCount(id) > MaxIdBytes)
        {
            return $"must not be longer than {MaxIdBytes} UTF-8 bytes";
        }

        for (var i = 0; i < id.Length; i++)
        {
            var c = id[i];
            if (c == '/')
            {
                return "must not contain '/'";
            }

            if (char.IsControl(c))
            {
                return "must not contain control characters";
            }

            if (char.IsSurrogate(c) && !(char.IsHighSurrogate(c) && i + 1 < id.Length && char.IsLowSurrogate(id[++i])))
            {
                return "must be valid Unicode";
            }
        }

        return null;
    }

    /// <summary>The grain key of an id.</summary>
    /// <exception cref="InvalidIdException">The tenant or the id breaks the rule for ids.</exception>
    public static string For(string tenant, string id)
    {
        InvalidIdException.ThrowIfInvalid(tenant, "tenant");
        InvalidIdException.ThrowIfInvalid(id, "id");
        return string.Concat(tenant, "/", id);
    }

    /// <summary>The tenant and the id of a grain key made by <see cref="For"/>.</summary>
    /// <exception cref="InvalidIdException">The key has no tenant, or a part breaks the rule for ids.</exception>
    public static (string Tenant, string Id) Split(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        var slash = key.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0)
        {
            throw new InvalidIdException("key", key, "must be 'tenant/id'");
        }

        var (tenant, id) = (key[..slash], key[(slash + 1)..]);
        InvalidIdException.ThrowIfInvalid(tenant, "tenant");
        InvalidIdException.ThrowIfInvalid(id, "id");
        return (tenant, id);
    }
}
