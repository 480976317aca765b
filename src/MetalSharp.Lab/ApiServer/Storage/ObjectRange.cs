using System.Collections;
using System.Collections.Immutable;

namespace MetalSharp.Lab.ApiServer.Storage;

/// <summary>The objects of one state of a resource, in key order: of one namespace, or all when the namespace is empty.</summary>
internal readonly record struct ObjectRange(ImmutableSortedSet<StoredObject> Objects, int Start, int End) : IEnumerable<StoredObject>
{
    public int Count => End - Start;

    public static ObjectRange Of(ImmutableSortedSet<StoredObject> objects, string @namespace)
    {
        if (@namespace.Length == 0)
            return new ObjectRange(objects, 0, objects.Count);
        // No name is empty, and no namespace contains a space: both probes fall just outside the namespace's objects.
        return new ObjectRange(objects, Seek(objects, new ObjectKey(@namespace, "")), Seek(objects, new ObjectKey(@namespace + " ", "")));
    }

    /// <summary>The part behind a key, where the next page of a list starts.</summary>
    public ObjectRange Behind(ObjectKey last) => this with { Start = Math.Max(Start, Seek(Objects, last with { Name = last.Name + " " })) };

    public IEnumerator<StoredObject> GetEnumerator()
    {
        if (Start == 0 && End == Objects.Count)
        {
            foreach (var stored in Objects)
                yield return stored;
            yield break;
        }
        for (var i = Start; i < End; i++)
            yield return Objects[i];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private static int Seek(ImmutableSortedSet<StoredObject> objects, ObjectKey key)
    {
        var index = objects.IndexOf(new StoredObject(key));
        return index < 0 ? ~index : index;
    }
}
