using System.Reflection;

namespace Lepton.Orleans.Silo.Tests.Faults;

/// <summary>A grain factory whose grains do what a test says: real grains cannot be made to fail on request.</summary>
public class ScriptedGrains : DispatchProxy
{
    private Func<Type, string, object> find = (_, _) => throw new InvalidOperationException("No grain was scripted.");

    /// <summary>Makes the factory.</summary>
    /// <param name="find">Gives the grain of an interface and a key.</param>
    public static IGrainFactory Create(Func<Type, string, object> find)
    {
        var factory = Create<IGrainFactory, ScriptedGrains>();
        ((ScriptedGrains)(object)factory).find = find;
        return factory;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) =>
        find(targetMethod!.GetGenericArguments()[0], (string)args![0]!);
}
