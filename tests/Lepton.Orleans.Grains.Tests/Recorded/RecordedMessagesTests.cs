using System.Reflection;
using System.Runtime.CompilerServices;
using Lepton.Orleans.Grains.Storage;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;

namespace Lepton.Orleans.Grains.Tests.Recorded;

/// <summary>
/// This build reads the messages of silos and clients of the releases before, and understands by them what was meant. What is new is
/// recorded with <c>LEPTON_WRITE_RECORDED=1 dotnet test tests/Lepton.Orleans.Grains.Tests --filter RecordedMessages</c>; lines that
/// are there stay as they are. Which fields there are at all: ContractTests in Lepton.Orleans.Silo.Tests.
/// </summary>
public sealed class RecordedMessagesTests
{
    private const string Switch = "LEPTON_WRITE_RECORDED";
    private static readonly string Recorded = Path.Combine(Path.GetDirectoryName(Here())!, "messages.txt");
    private static readonly Serializer Serializer = new ServiceCollection().AddSerializer().BuildServiceProvider().GetRequiredService<Serializer>();

    public static TheoryData<string> Names => [.. RecordedMessages.All.Select(NameOf)];

    [Theory, MemberData(nameof(Names))]
    public async Task A_message_of_a_release_before_is_read_as_it_was_meant(string name)
    {
        var recorded = await LinesAsync();
        if (!recorded.ContainsKey(name) && Environment.GetEnvironmentVariable(Switch) == "1")
        {
            await RecordAsync(name);
            recorded = await LinesAsync();
        }

        Assert.True(recorded.TryGetValue(name, out var bytes), $"{name} is new: record it with {Switch}=1 dotnet test tests/Lepton.Orleans.Grains.Tests --filter RecordedMessages, and commit messages.txt.");

        // Both as they are after one journey, in the form of this build, which may have fields that the recorded one had not.
        var (meant, read) = (Serializer.Deserialize<object>(Serializer.SerializeToArray(Message(name))), Serializer.Deserialize<object>(bytes));
        Assert.IsType(meant!.GetType(), read);
        Assert.True(
            Serializer.SerializeToArray(meant).AsSpan().SequenceEqual(Serializer.SerializeToArray(read)),
            $"{name} as the release before sends it is read as something else: keep the numbers, the types and the layout of what was there, and add to it.");
    }

    [Fact]
    public void Everything_that_is_sent_has_been_recorded()
    {
        // Strategies of placement are named in the manifest, and never sent.
        var sent = new[] { typeof(Feedback).Assembly, typeof(StoreKeys).Assembly }.SelectMany(assembly => assembly.GetTypes())
            .Where(type => type.IsDefined(typeof(GenerateSerializerAttribute), inherit: false) && !type.IsAssignableTo(typeof(PlacementStrategy)));
        Assert.Empty(sent.Where(type => !RecordedMessages.All.Any(message => IsWithin(message.GetType(), type))).Select(type => type.Name));
    }

    private static object Message(string name) => RecordedMessages.All.Single(message => NameOf(message) == name);

    private static async Task<Dictionary<string, byte[]>> LinesAsync() => File.Exists(Recorded)
        ? (await File.ReadAllLinesAsync(Recorded, TestContext.Current.CancellationToken)).Select(line => line.Split(' ', 2)).ToDictionary(line => line[0], line => Convert.FromBase64String(line[1]), StringComparer.Ordinal)
        : [];

    private static async Task RecordAsync(string name) => await File.AppendAllLinesAsync(
        Recorded, [$"{name} {Convert.ToBase64String(Serializer.SerializeToArray(Message(name)))}"], TestContext.Current.CancellationToken);

    private static string NameOf(object message) => NameOf(message.GetType());

    private static string NameOf(Type type) => type.IsGenericType ? $"{type.Name}<{string.Join(',', type.GetGenericArguments().Select(NameOf))}>" : type.Name;

    // A type, or one that its fields are of, however deep.
    private static bool IsWithin(Type type, Type sought, HashSet<Type>? seen = null)
    {
        seen ??= [];
        return type == sought || (sought.IsGenericType && type.IsGenericType && type.GetGenericTypeDefinition() == sought)
            || (type.Name + "Surrogate" == sought.Name)
            || (seen.Add(type) && ((type.HasElementType && IsWithin(type.GetElementType()!, sought, seen))
                || type.GetGenericArguments().Any(argument => IsWithin(argument, sought, seen))
                || (type.Assembly.GetName().Name!.StartsWith("Lepton.", StringComparison.Ordinal)
                    && type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic).Any(field => IsWithin(field.FieldType, sought, seen)))));
    }

    private static string Here([CallerFilePath] string path = "") => path;
}
