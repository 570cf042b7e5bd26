namespace Lepton.Orleans.Silo.Security;

/// <summary>The keys of <c>Lepton:ApiKeys</c>: a list of <c>{ "Key", "Role" }</c>, or of strings, which are admin keys.</summary>
internal sealed class ApiKeyOptions
{
    /// <summary>The section's name.</summary>
    public const string Section = "Lepton:ApiKeys";

    /// <summary>The keys; empty: everyone may do everything, and the service must be bound to loopback.</summary>
    public IReadOnlyList<ApiKey> Keys { get; set; } = [];

    /// <summary>Reads the keys from a configuration.</summary>
    public static IReadOnlyList<ApiKey> Read(IConfiguration configuration)
    {
        var section = configuration.GetSection(Section);
        if (!string.IsNullOrEmpty(section.Value))
        {
            return [new ApiKey { Path = section.Path, Key = section.Value }];
        }

        return
        [
            .. section.GetChildren().Select(child => child.GetChildren().Any()
                ? new ApiKey { Path = child.Path, Key = child["Key"] ?? "", Role = child["Role"] ?? "admin" }
                : new ApiKey { Path = child.Path, Key = child.Value ?? "" }),
        ];
    }
}
