using System.Collections;
using System.ComponentModel;
using System.Globalization;
using System.Reflection;
using Lepton.Orleans.Client;
using Lepton.Orleans.Clustering.Consul;
using Lepton.Orleans.Grains.Hosting;
using Lepton.Orleans.Silo.Clustering;
using Lepton.Orleans.Silo.Samples;
using Lepton.Orleans.Silo.Security;
using Lepton.Orleans.Silo.Streams;
using Lepton.Orleans.Streaming.Kafka;
using Microsoft.Extensions.Options;

namespace Lepton.Orleans.Silo.Hosting;

/// <summary>
/// What lies under <c>Lepton</c> in a configuration, held against the properties of the options classes: binding itself passes
/// over names that it does not know, and answers a value that it cannot convert with an exception for programmers.
/// </summary>
internal static class KnownSettings
{
    private const string Root = "Lepton";

    // What is that near to a name was meant to be it.
    private const int MaxDistance = 3;

    // Read by name, or bound to classes that know nothing of this host.
    private static readonly string[] Single = [SampleExtensions.Setting, StreamExtensions.Setting, StreamExtensions.PartitionsSetting, ClusterExtensions.ConsulKey, SettingsFolder.Key];
    private static readonly (string Section, Type Type)[] Foreign =
    [
        (ClusterExtensions.ConsulKey, typeof(ConsulClusteringOptions)),
        (StreamExtensions.Setting, typeof(KafkaStreamOptions)),
        (LeptonClientOptions.Section, typeof(LeptonClientOptions)),
    ];

    // Of those classes, what the host decides by itself, so that nobody can set it.
    private static readonly HashSet<(Type Type, string Property)> Decided =
    [
        (typeof(ConsulClusteringOptions), nameof(ConsulClusteringOptions.Address)),
        (typeof(KafkaStreamOptions), nameof(KafkaStreamOptions.BootstrapServers)),
        (typeof(KafkaStreamOptions), nameof(KafkaStreamOptions.Topics)),
    ];

    /// <summary>The names of all settings under <c>Lepton</c>; what may follow a name that stands for a list is left out.</summary>
    public static IEnumerable<string> Names() => All().Keys;

    /// <summary>All options, by section: the host's own, which are every class with a <c>Section</c>, and those of others that it binds.</summary>
    public static IEnumerable<(string Section, Type Type)> Sections() => Own().Concat(Foreign).OrderBy(section => section.Section, StringComparer.Ordinal);

    /// <summary>What options are where nothing is set.</summary>
    public static object DefaultsOf(Type type)
    {
        var defaults = Activator.CreateInstance(type)!;
        if (defaults is KafkaStreamOptions kafka)
        {
            StreamExtensions.SetDefaults(kafka);
        }

        return defaults;
    }

    private static IEnumerable<(string Section, Type Type)> Own() =>
        from type in typeof(LeptonHost).Assembly.GetTypes().Concat(typeof(FeedbackOptions).Assembly.GetTypes())
        where type.Name.EndsWith("Options", StringComparison.Ordinal)
        let section = type.GetField("Section", BindingFlags.Public | BindingFlags.Static)?.GetRawConstantValue() as string
        where section is not null
        orderby section, type.Name
        select (section, type);

    /// <summary>Whether a property of an options class is a setting.</summary>
    public static bool IsSetting(PropertyInfo property) =>
        property.GetMethod is { IsStatic: false } && !Decided.Contains((property.DeclaringType!, property.Name)) && (property.CanWrite || property.PropertyType.IsAssignableTo(typeof(IEnumerable)));

    /// <summary>Looks at every setting that a configuration has.</summary>
    /// <returns>A sentence for each name that is no setting.</returns>
    /// <exception cref="OptionsValidationException">Values cannot be converted.</exception>
    public static IReadOnlyList<string> Check(IConfiguration configuration)
    {
        var known = All();
        var (unknown, failures) = (new List<string>(), new List<string>());
        foreach (var (key, value) in configuration.GetSection(Root).AsEnumerable().Where(pair => pair.Value is not null).OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            if (!known.TryGetValue(key, out var property))
            {
                if (!IsPart(key, known))
                {
                    unknown.Add(Nearest(key, known.Keys) is { } near ? $"{key} is no setting and changes nothing; did you mean {near}?" : $"{key} is no setting and changes nothing");
                }
            }
            else if (property is { } setting && Violation(setting.Property.PropertyType, value!) is { } rule)
            {
                failures.Add($"{key} is '{value}'; set it to {rule}{Example(setting.Default)}.");
            }
        }

        return failures.Count == 0 ? unknown : throw new OptionsValidationException(Root, typeof(KnownSettings), failures);
    }

    private static Dictionary<string, (PropertyInfo Property, object? Default)?> All()
    {
        var all = Single.ToDictionary(key => key, _ => default((PropertyInfo, object?)?), StringComparer.OrdinalIgnoreCase);
        foreach (var (section, type) in Sections())
        {
            // The keys are the section itself.
            if (type == typeof(ApiKeyOptions))
            {
                all[section] = null;
                continue;
            }

            var defaults = DefaultsOf(type);
            foreach (var property in type.GetProperties().Where(IsSetting))
            {
                all.TryAdd($"{section}:{property.Name}", (property, property.GetValue(defaults)));
            }
        }

        return all;
    }

    // An element of a list or a dictionary, or a field of an element.
    private static bool IsPart(string key, Dictionary<string, (PropertyInfo Property, object? Default)?> known)
    {
        for (var end = key.LastIndexOf(':'); end > 0; end = key.LastIndexOf(':', end - 1))
        {
            if (known.TryGetValue(key[..end], out var owner))
            {
                return owner is { } setting
                    ? IsList(setting.Property.PropertyType)
                    : key[..end].Equals(ApiKeyOptions.Section, StringComparison.OrdinalIgnoreCase) && IsKeyPart(key[(end + 1)..]);
            }
        }

        return false;
    }

    private static bool IsKeyPart(string path) => path.Split(':') switch
    {
        [_] => true,
        [_, var field] => field.Equals(nameof(ApiKey.Key), StringComparison.OrdinalIgnoreCase) || field.Equals(nameof(ApiKey.Role), StringComparison.OrdinalIgnoreCase),
        _ => false,
    };

    private static bool IsList(Type type) => type != typeof(string) && type.IsAssignableTo(typeof(IEnumerable));

    // As binding converts.
    private static string? Violation(Type type, string value)
    {
        var converter = TypeDescriptor.GetConverter(type);
        if (type == typeof(string) || IsList(type) || !converter.CanConvertFrom(typeof(string)))
        {
            return null;
        }

        try
        {
            _ = converter.ConvertFromInvariantString(value);
            return null;
        }
        catch (Exception exception) when (exception is FormatException or ArgumentException or OverflowException or NotSupportedException)
        {
            return Rule(Nullable.GetUnderlyingType(type) ?? type);
        }
    }

    private static string Rule(Type type) =>
        type == typeof(bool) ? "true or false"
        : type == typeof(TimeSpan) ? "a time as d.hh:mm:ss"
        : type.IsEnum ? string.Join(" or ", Enum.GetNames(type))
        : type == typeof(double) || type == typeof(float) || type == typeof(decimal) ? "a number"
        : type.IsPrimitive ? "a whole number in its range"
        : $"a {type.Name}";

    private static string Example(object? otherwise) => otherwise switch
    {
        null or bool or Enum => "",
        IFormattable number => $", such as {number.ToString(null, CultureInfo.InvariantCulture)}",
        _ => $", such as {otherwise}",
    };

    private static string? Nearest(string key, IEnumerable<string> names)
    {
        var (nearest, least) = (default(string), MaxDistance + 1);
        foreach (var name in names)
        {
            // A name in a section that it is not in is a near miss, too.
            var distance = Distance(key, name);
            distance = key[(key.LastIndexOf(':') + 1)..].Equals(name[(name.LastIndexOf(':') + 1)..], StringComparison.OrdinalIgnoreCase) ? Math.Min(distance, MaxDistance) : distance;
            if (distance < least)
            {
                (nearest, least) = (name, distance);
            }
        }

        return nearest;
    }

    // Levenshtein's, without regard to case.
    private static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var same = char.ToUpperInvariant(a[i - 1]) == char.ToUpperInvariant(b[j - 1]);
                (diagonal, row[j]) = (row[j], Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + (same ? 0 : 1)));
            }
        }

        return row[^1];
    }
}
