import { useState } from 'react';

/** A first page: replace it with what the website is for. */
export function App() {
  const [name, setName] = useState('');

  return (
    <main>
      <h1>{"L'avis des clients"}</h1>
      <p>{"Montre les derniers avis déposés à l'entrée des boutiques"}</p>
      <label>
        Votre prénom
        <input value={name} onChange={(event) => setName(event.target.value)} />
      </label>
      {name && <p role="status">Bonjour {name}</p>}
    </main>
  );
}
