using System.Globalization;
using System.Reflection;
using Lepton.Orleans.Silo.Clustering;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Metadata;

namespace Lepton.Orleans.Silo.Tests.Contracts;

/// <summary>
/// What silos and clients of one cluster have to agree on, a line each: grains and how they are placed, interfaces with their
/// versions, methods as calls name them, and the fields of what is sent and stored.
/// </summary>
/// <remarks>
/// Grains and interfaces are taken from the manifest that silos exchange. A call names a method by its alias and sends its
/// parameters by their places; a record is sent by its alias, and its fields by their numbers.
/// </remarks>
internal static class Contract
{
    private const string Ours = "Lepton.Orleans.";

    /// <summary>The lines of this build, in order.</summary>
    public static async Task<SortedSet<string>> ReadAsync()
    {
        var lines = new SortedSet<string>(StringComparer.Ordinal);
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.UseOrleans(silo => silo.UseLocalhostClustering());
        var host = builder.Build();
        await using var ending = (IAsyncDisposable)host;
        var manifest = host.Services.GetRequiredService<IClusterManifestProvider>().LocalGrainManifest;
        var types = host.Services.GetRequiredService<IOptions<GrainTypeOptions>>().Value;
        var interfaceTypes = host.Services.GetRequiredService<GrainInterfaceTypeResolver>();
        var grainTypes = host.Services.GetRequiredService<GrainTypeResolver>();
        foreach (var type in types.Interfaces.Where(IsOurs))
        {
            var name = interfaceTypes.GetGrainInterfaceType(type);
            lines.Add($"interface {name} version {manifest.Interfaces[name].Properties.GetValueOrDefault(WellKnownGrainInterfaceProperties.Version, "0")}");
            foreach (var method in type.GetMethods())
            {
                var parameters = method.GetParameters().Where(parameter => parameter.ParameterType != typeof(CancellationToken)).Select(parameter => NameOf(parameter.ParameterType));
                lines.Add($"method {name}.{AliasOf(method) ?? method.Name}({string.Join(", ", parameters)}): {NameOf(method.ReturnType)}");
            }
        }

        foreach (var type in types.Classes.Where(IsOurs))
        {
            var name = grainTypes.GetGrainType(type);
            var properties = manifest.Grains[name].Properties;
            var says = properties.Where(p => p.Key is WellKnownGrainTypeProperties.PlacementStrategy or WellKnownGrainTypeProperties.PlacementFilter || p.Key.EndsWith("role", StringComparison.Ordinal));
            lines.Add($"grain {name} {string.Join(' ', says.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => $"{p.Key}={p.Value}"))}".TrimEnd());
            foreach (var served in type.GetInterfaces().Where(served => types.Interfaces.Contains(served) && IsOurs(served)))
            {
                lines.Add($"grain {name} serves {interfaceTypes.GetGrainInterfaceType(served)}");
            }
        }

        foreach (var type in Assemblies().SelectMany(assembly => assembly.GetTypes()).Where(type => type.IsDefined(typeof(GenerateSerializerAttribute))))
        {
            Add(lines, type);
        }

        return lines;
    }

    private static void Add(SortedSet<string> lines, Type type)
    {
        var name = AliasOf(type) ?? throw new InvalidOperationException($"{type.FullName} is sent or stored and has no [Alias]: moving or renaming it would make it another one.");
        lines.Add($"record {name}{(type.BaseType is { } parent && IsOurs(parent) ? $": {NameOf(parent)}" : "")}");
        if (type.IsEnum)
        {
            foreach (var value in Enum.GetValues(type))
            {
                lines.Add($"record {name} {Convert.ToInt64(value, CultureInfo.InvariantCulture)}: {value}");
            }

            return;
        }

        const BindingFlags Own = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
        foreach (var member in type.GetMembers(Own).Where(member => member.IsDefined(typeof(IdAttribute), inherit: false)))
        {
            var field = member switch { PropertyInfo property => property.PropertyType, FieldInfo plain => plain.FieldType, _ => throw new NotSupportedException($"{member}") };
            lines.Add($"record {name} {member.GetCustomAttribute<IdAttribute>()!.Id}: {NameOf(field)}");
        }
    }

    // The host's own, and those that it is made of.
    private static HashSet<Assembly> Assemblies()
    {
        var found = new HashSet<Assembly>();
        var open = new Stack<Assembly>([typeof(RoleOptions).Assembly]);
        while (open.TryPop(out var assembly))
        {
            if (!found.Add(assembly))
            {
                continue;
            }

            foreach (var name in assembly.GetReferencedAssemblies().Where(name => name.Name!.StartsWith(Ours, StringComparison.Ordinal)))
            {
                open.Push(Assembly.Load(name));
            }
        }

        return found;
    }

    private static bool IsOurs(Type type) =>
        type.Assembly.GetName().Name is { } name && name.StartsWith(Ours, StringComparison.Ordinal) && !name.EndsWith("Tests", StringComparison.Ordinal);

    private static string? AliasOf(MemberInfo member) => member.GetCustomAttribute<AliasAttribute>(inherit: false)?.Alias;

    // As the wire knows a type: by its alias, else by its name, with arguments.
    private static string NameOf(Type type) => type switch
    {
        { IsArray: true } => $"{NameOf(type.GetElementType()!)}[]",
        { IsGenericType: true } => $"{AliasOf(type) ?? type.Name}<{string.Join(", ", type.GetGenericArguments().Select(NameOf))}>",
        { IsGenericParameter: true } => type.Name,
        _ => AliasOf(type) ?? (type.Namespace == nameof(System) ? type.Name : type.FullName!),
    };
}
