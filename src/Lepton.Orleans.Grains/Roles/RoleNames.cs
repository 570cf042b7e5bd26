namespace Lepton.Orleans.Grains.Roles;

/// <summary>Roles as settings, metadata of silos and tags of services write them: <c>users,recommendations</c>.</summary>
public static class RoleNames
{
    private static readonly SiloRoles[] Each = [.. Enum.GetValues<SiloRoles>().Where(role => int.PopCount((int)role) == 1)];

    /// <summary>The names of all roles.</summary>
    public static IReadOnlyList<string> All { get; } = Of(SiloRoles.All);

    /// <summary>The names of some roles, always in the same order.</summary>
    public static IReadOnlyList<string> Of(SiloRoles roles) => [.. Each.Where(role => roles.HasFlag(role)).Select(role => role.ToString().ToLowerInvariant())];

    /// <summary>Roles as one text.</summary>
    public static string Format(SiloRoles roles) => string.Join(',', Of(roles));

    /// <summary>Reads roles that are separated by commas; blanks and letter case do not matter.</summary>
    /// <param name="text">The text.</param>
    /// <param name="unknown">What names no role; <see langword="null"/> where all do.</param>
    public static SiloRoles Parse(string text, out string? unknown)
    {
        ArgumentNullException.ThrowIfNull(text);
        var roles = SiloRoles.None;
        foreach (var name in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var role = Array.Find(Each, role => name.Equals(role.ToString(), StringComparison.OrdinalIgnoreCase));
            if (role == SiloRoles.None)
            {
                unknown = name;
                return roles;
            }

            roles |= role;
        }

        unknown = null;
        return roles;
    }
}
