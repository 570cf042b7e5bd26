using System.Collections;
using System.Globalization;
using System.Reflection;
using Lepton.Orleans.Grains.Hosting;
using Lepton.Orleans.Silo;
using Orleans.Configuration;

namespace Lepton.Orleans.Deploy.Tests.Settings;

/// <summary>The settings that the code reads, found in the code: a name that nothing reads is a mistake in a manifest.</summary>
internal static class SettingNames
{
    private const BindingFlags Constants = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.FlattenHierarchy;

    // Of .NET itself, not of ours.
    private static readonly string[] Hosts = ["ASPNETCORE_URLS", "ASPNETCORE_HTTP_PORTS"];

    private static readonly Type[] OurTypes = [.. typeof(LeptonHost).Assembly.GetTypes(), .. typeof(LeptonGrainsExtensions).Assembly.GetTypes()];

    private static readonly (string Section, Type Options)[] Sections =
    [
        .. from type in OurTypes
           let section = type.GetField("Section", Constants)
           where section is { IsLiteral: true }
           select ((string)section.GetRawConstantValue()!, type),
        ("Orleans", typeof(ClusterOptions)),
        ("Orleans:Endpoints", typeof(EndpointOptions)),
    ];

    // Settings that are one value are constants where they are read.
    private static readonly HashSet<string> Single =
    [
        .. from type in OurTypes
           from field in type.GetFields(Constants)
           where field is { IsLiteral: true } && field.FieldType == typeof(string)
           select (string?)field.GetRawConstantValue() into value
           where value is not null && value.Contains(':', StringComparison.Ordinal)
           select value,
    ];

    /// <summary>Whether something reads the environment variable.</summary>
    public static bool Knows(string variable)
    {
        var key = KeyOf(variable);
        return Hosts.Contains(variable) || Single.Contains(key)
            || Sections.Any(section => key.StartsWith(section.Section + ':', StringComparison.Ordinal) && Has(section.Options, key[(section.Section.Length + 1)..].Split(':')));
    }

    /// <summary><c>Lepton__Redis</c> is <c>Lepton:Redis</c>.</summary>
    public static string KeyOf(string variable) => variable.Replace("__", ":", StringComparison.Ordinal);

    private static bool Has(Type type, ReadOnlySpan<string> path)
    {
        if (path.IsEmpty)
        {
            return true;
        }

        // A section that is a list: its entries are numbered.
        if (int.TryParse(path[0], NumberStyles.None, CultureInfo.InvariantCulture, out _))
        {
            return type.GetProperties().Select(property => ElementOf(property.PropertyType)).OfType<Type>().FirstOrDefault() is { } element
                && Has(element, path[1..]);
        }

        return type.GetProperty(path[0]) is { CanWrite: true } found && Has(found.PropertyType, path[1..]);
    }

    private static Type? ElementOf(Type type) =>
        type != typeof(string) && type.IsAssignableTo(typeof(IEnumerable)) ? type.GetGenericArguments().FirstOrDefault() : null;
}
